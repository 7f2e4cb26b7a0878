import type { JobParts } from "../../src/coordinator/embedded/job-record.ts";
import type { ScriptJob } from "../support/coordinator.ts";
import { createRepository, type TestRepository } from "../support/repository.ts";
import type { Feature } from "./case.ts";
import type { World } from "./world.ts";

/** A repository for a feature's cases whose stages need one: `in-it.txt` is in it. */
export interface Project {
  readonly prepare: NonNullable<Feature["prepare"]>;
  /** For `world.start`. */
  readonly job: (world: World, job: ScriptJob) => (token: string) => JobParts;
  /** For a case's `job`. */
  readonly of: (job: ScriptJob) => (world: World, token: string) => JobParts;
}

export function withProject(): Project {
  let repository: TestRepository | null = null;
  const job: Project["job"] = (world, asked) => (token) => {
    if (repository === null) throw new Error("the project is made before the first case");
    return repository.jobParts(world.coordinator.url, token, repository.head, asked);
  };
  return {
    prepare: async (world) => {
      repository = await createRepository();
      await repository.commit({ "in-it.txt": "of the project\n" });
      world.coordinator.serveRepository("group/project", repository.bare);
      return repository;
    },
    job,
    of: (asked) => (world, token) => job(world, asked)(token),
  };
}
