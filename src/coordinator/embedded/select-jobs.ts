import { closest, distance } from "fastest-levenshtein";
import type { Pipeline, PipelineJob } from "../../pipeline/pipeline.ts";
import { AgentError } from "../../support/errors.ts";

/**
 * The pipeline with only the named jobs, and, if asked for, those that they need, however deep. A name may be a
 * job's own or the one it has in the YAML. A named job runs even when it is `when: manual`, and waits for no job that
 * is not there. Pure.
 *
 * @throws AgentError JOB_UNKNOWN
 */
export function selectJobs(pipeline: Pipeline, names: readonly string[], withNeeds: boolean): Pipeline {
  if (names.length === 0) return pipeline;
  const isNamed = (job: PipelineJob) => names.includes(job.name) || names.includes(job.baseName);
  for (const name of names) {
    if (!pipeline.jobs.some((job) => job.name === name || job.baseName === name)) throw unknownJob(name, pipeline);
  }
  const chosen = new Set(pipeline.jobs.filter(isNamed));
  for (const job of withNeeds ? chosen : []) {
    const needed = job.needs?.map((need) => need.job) ?? job.dependencies ?? [];
    // A set that grows while it is gone through is gone through to its new end.
    for (const other of pipeline.jobs) {
      if (needed.includes(other.name) || needed.includes(other.baseName)) chosen.add(other);
    }
  }
  const jobs = pipeline.jobs
    .filter((job) => chosen.has(job))
    .map((job) => (job.when === "manual" || job.when === "on_failure" ? { ...job, when: "on_success" as const } : job));
  return { ...pipeline, jobs };
}

function unknownJob(name: string, { jobs }: Pipeline): AgentError {
  const known = [...new Set(jobs.map((job) => job.baseName))];
  const near = known.length === 0 ? null : closest(name, known);
  const meant = near !== null && distance(name, near) <= Math.max(2, name.length / 3) ? near : null;
  return new AgentError("JOB_UNKNOWN", `the pipeline has no job "${name}"`, {
    hint: meant === null ? `It has: ${known.join(", ") || "none"}. \`--list\` shows them.` : `Did you mean "${meant}"?`,
    audience: "author",
    exitCode: 2,
  });
}
