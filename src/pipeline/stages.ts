import { flatItemsOf, reject, textOf, type Field } from "./field.ts";

const defaultStages: readonly string[] = ["build", "test", "deploy"];

/** The stage of a job that names none. */
export const defaultStage = "test";

/** All stages in the order in which they run, `.pre` and `.post` included. */
export function readStages(field: Field | null): readonly string[] {
  let named = defaultStages;
  if (field !== null) {
    if (field.node.kind !== "list") reject(field, "stages has to be a list.", "Write stages: [build, test, deploy].");
    named = flatItemsOf(field)
      .map(textOf)
      .filter((text) => text !== null);
    if (field.node.kind === "list" && named.length === 0) reject(field, "stages is empty.", "Name at least one stage.");
  }
  return [...new Set([".pre", ...named.filter((stage) => stage !== ".pre" && stage !== ".post"), ".post"])];
}

/** Without `.pre` and `.post` where no job is in them. */
export function stagesInUse(stages: readonly string[], jobs: readonly { readonly stage: string }[]): readonly string[] {
  const edges = new Set([".pre", ".post"]);
  return stages.filter((stage) => !edges.has(stage) || jobs.some((job) => job.stage === stage));
}
