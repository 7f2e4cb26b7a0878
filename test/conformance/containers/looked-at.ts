import type { ScriptJob } from "../../support/coordinator.ts";
import type { Case, CaseConfig } from "../case.ts";
import type { SeenContainers, World } from "../world.ts";

/** A claim about a job's containers, and why it is no claim about GitLab Runner's. */
export type Claim = (title: string, check: (seen: SeenContainers) => void, differs?: string) => Case;

/** Claims about one job: it runs, and is looked at, when the first of them is to be proved. */
export function lookedAt(config: CaseConfig, job: ScriptJob | (() => ScriptJob)): Claim {
  let seen: Promise<SeenContainers> | null = null;
  const look = (world: World) => (seen ??= world.look(typeof job === "function" ? job() : job));
  return (title, check, differs) => ({
    title,
    config,
    ...(differs === undefined ? {} : { differs }),
    prove: async (world) => check(await look(world)),
  });
}
