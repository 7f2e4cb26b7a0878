import type { PipelineJob } from "../../pipeline/pipeline.ts";

/**
 * A job of a pipeline under way. `created`: something that it waits for has not ended; `queued`: handed to the
 * coordinator; `scheduled`: `when: delayed`, its time is running; `manual`: waits for a person.
 */
export type RunState =
  "created" | "scheduled" | "manual" | "queued" | "running" | "success" | "failed" | "canceled" | "skipped";

export interface GraphNode {
  readonly job: PipelineJob;
  readonly state: RunState;
  /** A failure that `allow_failure` forgives. */
  readonly forgiven: boolean;
}

/** What GitLab does with a job next: nothing yet, start it, leave it out, or let it wait for a person. */
export type Decision = "wait" | "start" | "skip" | "manual";

const ended: ReadonlySet<RunState> = new Set<RunState>(["success", "failed", "canceled", "skipped"]);

/** The state of several jobs as one; null while any of them is on its way. */
type Composite = "success" | "failed" | "canceled" | "skipped" | null;

/** GitLab's rules for a job that is `created`, given the others. Pure. `stages` in the order in which they run. */
export function decideNode(node: GraphNode, nodes: readonly GraphNode[], stages: readonly string[]): Decision {
  const needs = node.job.needs;
  const before = needs === null ? earlierJobs(node.job, nodes, stages) : neededJobs(node.job, nodes);
  const composite = compositeOf(before, needs !== null);
  if (composite === null) return "wait";
  // A stage that was left out whole lets the next one run; a needed job that was left out does not.
  const good = composite === "success" || (composite === "skipped" && needs === null);
  switch (node.job.when) {
    case "always":
      return "start";
    case "on_failure":
      return composite === "failed" ? "start" : "skip";
    case "manual":
      return good ? "manual" : "skip";
    case "on_success":
    case "delayed":
      return good ? "start" : "skip";
  }
}

/** The jobs of the stages before; `needs` plays no part. */
function earlierJobs(job: PipelineJob, nodes: readonly GraphNode[], stages: readonly string[]): readonly GraphNode[] {
  const own = stages.indexOf(job.stage);
  return nodes.filter((other) => stages.indexOf(other.job.stage) < own);
}

function neededJobs(job: PipelineJob, nodes: readonly GraphNode[]): readonly GraphNode[] {
  const names = (job.needs ?? []).map((need) => need.job);
  return nodes.filter((other) => names.includes(other.job.name) || names.includes(other.job.baseName));
}

function compositeOf(nodes: readonly GraphNode[], byNeeds: boolean): Composite {
  // A manual job that may fail stands in nobody's way within stages; needing it means waiting for it.
  const relevant = nodes.filter((node) => byNeeds || node.state !== "manual" || node.job.allowFailure !== true);
  if (relevant.some((node) => !ended.has(node.state))) return null;
  if (relevant.some((node) => node.state === "canceled")) return "canceled";
  if (relevant.some((node) => node.state === "failed" && !node.forgiven)) return "failed";
  const skipped = relevant.filter((node) => node.state === "skipped");
  const allSkipped = skipped.length === relevant.length && relevant.length > 0;
  return allSkipped || (byNeeds && skipped.length > 0) ? "skipped" : "success";
}

/** The jobs whose artifacts and dotenv variables a job gets, in the pipeline's order. Pure. */
export function artifactSources<T extends GraphNode>(
  job: PipelineJob,
  nodes: readonly T[],
  stages: readonly string[],
): readonly T[] {
  const named = (names: readonly string[]) => (node: GraphNode) =>
    names.includes(node.job.name) || names.includes(node.job.baseName);
  const byNeeds = job.needs?.filter((need) => need.artifacts).map((need) => need.job);
  const own = stages.indexOf(job.stage);
  const possible =
    byNeeds === undefined ? nodes.filter((node) => stages.indexOf(node.job.stage) < own) : nodes.filter(named(byNeeds));
  return job.dependencies === null ? possible : possible.filter(named(job.dependencies));
}
