import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import type { EndedJob } from "../../support/job-runs.ts";
import type { World } from "../world.ts";

export type Cache = Partial<NonNullable<JobParts["cache"]>[number]>;

interface Wish {
  readonly script: readonly string[];
  readonly caches: readonly Cache[];
  readonly name?: string;
  readonly image?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly parts?: JobParts;
}

export function withCaches({ caches, parts = {}, ...job }: Wish) {
  const cache = caches.map((each) => ({ paths: ["kept"], policy: "pull-push" as const, ...each }));
  return { ...job, parts: { ...parts, cache } };
}

/** Runs a job that succeeds. */
export async function run(world: World, wish: Wish): Promise<EndedJob> {
  const ended = await world.run(withCaches(wish));
  if (ended.job.state !== "success") throw new Error(ended.log);
  return ended;
}

/** Adds a line to what is kept, and says how many there are. */
export const write = ["mkdir -p kept; echo x >>kept/lines; echo lines: $(wc -l <kept/lines)"];
export const look = ["echo lines: $(cat kept/lines 2>/dev/null | wc -l)"];
