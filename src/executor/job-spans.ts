import type { JobPayload } from "../coordinator/job-payload.ts";
import type { JobOutcome } from "../job/outcome.ts";
import type { JobFacts, JobReport, TracingWish } from "../spans/job-report.ts";
import type { Span } from "../spans/open-span.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import type { SpanAttributes } from "../spans/span.ts";
import type { JobTrace } from "../trace/job-trace.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Assignment } from "./assignment.ts";

/** A stage that ended with an exit code of its own: the number itself, or the result of a script. */
export function markExit(span: Span, result: unknown): void {
  const code = typeof result === "object" && result !== null && "exitCode" in result ? result.exitCode : result;
  if (typeof code !== "number" || code === 0) return;
  span.set({ exit_code: code });
  span.spoil();
}

/** All of a job's spans, and what to call it. An author may put a secret into the name of an image: masked as the log is. */
export function jobReport(
  agent: Pick<AgentContext, "clock" | "systemId">,
  { received, runner }: Pick<Assignment, "received" | "runner">,
  outcome: JobOutcome,
  spans: SpanRecorder,
  trace: Pick<JobTrace, "hide">,
): JobReport {
  const { clock } = agent;
  const { job } = received;
  const hide = <T extends SpanAttributes | JobFacts>(values: T): T =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, typeof value === "string" ? trace.hide(value) : value]),
    ) as T;
  return {
    job: hide(factsOf(job, runner.name, agent.systemId)),
    tracing: tracingOf(job),
    receivedAt: clock.now() - (clock.monotonic() - received.receivedAt),
    durationMs: spans.durationMs,
    failureReason: outcome.state === "failed" ? outcome.reason : "",
    spans: spans.list().map((span) => ({ ...span, attributes: hide(span.attributes) })),
  };
}

function factsOf(job: JobPayload, runnerName: string, systemId: string): JobFacts {
  const { job_info: info, git_info: git } = job;
  const variable = (key: string) => job.variables.findLast((candidate) => candidate.key === key)?.value ?? "";
  return {
    id: job.id,
    name: info.name,
    stage: info.stage,
    url: variable("CI_JOB_URL"),
    ref: git.ref,
    sha: git.sha,
    projectId: info.project_id,
    projectPath: info.project_full_path || variable("CI_PROJECT_PATH"),
    projectUrl: variable("CI_PROJECT_URL"),
    pipelineId: info.pipeline_id || Number(variable("CI_PIPELINE_ID")) || 0,
    pipelineSource: variable("CI_PIPELINE_SOURCE"),
    pipelineUrl: variable("CI_PIPELINE_URL"),
    runnerId: Number(variable("CI_RUNNER_ID")) || 0,
    runnerName,
    systemId,
  };
}

function tracingOf({ features }: JobPayload): TracingWish | null {
  const tracing = features?.tracing ?? null;
  if (tracing === null) return null;
  const endpoints = tracing.otel_endpoints.map(({ url, auth }) => ({ url, auth: auth?.type ?? "" }));
  return { traceId: tracing.trace_id, parentSpanId: tracing.span_parent_id, endpoints };
}
