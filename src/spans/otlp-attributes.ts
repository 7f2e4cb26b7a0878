import type { JobFacts, JobReport } from "./job-report.ts";
import type { SpanAttributes, SpanData } from "./span.ts";

/** Stages of a pipeline that OpenTelemetry has a word for. */
const taskTypes: ReadonlySet<string> = new Set(["build", "test", "deploy"]);

const results: Readonly<Record<string, string>> = {
  "": "success",
  script_failure: "failure",
  job_execution_timeout: "timeout",
  job_canceled: "cancellation",
};

/** Names of our own attributes where OpenTelemetry has none: `longshore.` before them. */
const standardNames: Readonly<Record<string, string>> = {
  image: "container.image.name",
  exit_code: "process.exit.code",
  error: "error.type",
};

/** What a whole job is called: OpenTelemetry's words for CI/CD, and those that GitLab Runner uses beside them. */
export function jobAttributes({ job, failureReason }: Pick<JobReport, "job" | "failureReason">): SpanAttributes {
  const result = results[failureReason] ?? "error";
  return known({
    ...standardAttributes(job),
    "cicd.pipeline.task.run.result": result,
    "error.type": failureReason,
    "ci.job.id": job.id,
    "ci.job.status": failureReason === "" ? "success" : "failed",
    "ci.project.id": job.projectId,
    "ci.pipeline.id": job.pipelineId === 0 ? "" : String(job.pipelineId),
    "ci.pipeline.source": job.pipelineSource,
    "ci.runner.id": job.runnerId,
    "ci.runner.executor": "docker",
  });
}

function standardAttributes(job: JobFacts): SpanAttributes {
  return {
    "cicd.pipeline.name": job.projectPath,
    "cicd.pipeline.run.id": job.pipelineId === 0 ? "" : String(job.pipelineId),
    "cicd.pipeline.run.url.full": job.pipelineUrl,
    "cicd.pipeline.task.name": job.name,
    "cicd.pipeline.task.run.id": String(job.id),
    "cicd.pipeline.task.run.url.full": job.url,
    "cicd.pipeline.task.type": taskTypes.has(job.stage) ? job.stage : "",
    "cicd.worker.id": job.runnerId === 0 ? job.systemId : String(job.runnerId),
    "cicd.worker.name": job.runnerName,
    "vcs.provider.name": "gitlab",
    "vcs.repository.url.full": job.projectUrl,
    "vcs.ref.head.name": job.ref,
    "vcs.ref.head.revision": job.sha,
  };
}

/** What one part of a job is called. */
export function partAttributes({ place, attributes }: SpanData): SpanAttributes {
  const renamed = Object.entries(attributes).map(([key, value]) => [standardNames[key] ?? `longshore.${key}`, value]);
  return { ...Object.fromEntries(renamed), ...(place === "phase" ? { "longshore.phase": true } : {}) };
}

function known(attributes: SpanAttributes): SpanAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== "" && value !== 0));
}
