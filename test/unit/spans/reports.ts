import type { JobReport } from "../../../src/spans/job-report.ts";
import type { SpanData } from "../../../src/spans/span.ts";

const span = (id: number, name: string, startMs: number, endMs: number, more: Partial<SpanData> = {}): SpanData => ({
  id,
  parent: null,
  place: "phase",
  name,
  startMs,
  endMs,
  attributes: {},
  outcome: "ok",
  ...more,
});

/** A small job that failed, received at the first second of 2026. */
export function report(more: Partial<JobReport> = {}): JobReport {
  return {
    job: {
      id: 42,
      name: "build it",
      stage: "build",
      url: "https://gitlab.example.com/group/project/-/jobs/42",
      ref: "main",
      sha: "c0ffee",
      projectId: 7,
      projectPath: "group/project",
      projectUrl: "https://gitlab.example.com/group/project",
      pipelineId: 9,
      pipelineSource: "push",
      pipelineUrl: "https://gitlab.example.com/group/project/-/pipelines/9",
      runnerId: 3,
      runnerName: "big one",
      systemId: "s_0123456789ab",
    },
    tracing: null,
    receivedAt: Date.UTC(2026, 0, 1),
    durationMs: 500,
    failureReason: "script_failure",
    spans: [
      span(0, "ask", -20, 0, { place: "outside" }),
      span(1, "prepare_executor", 0, 100.25),
      span(2, "pull", 10, 90, { place: "inner", parent: 1, attributes: { image: "alpine:3", pulled: true } }),
      span(3, "step_script", 100.25, 490, { attributes: { exit_code: 3 }, outcome: "error" }),
      span(4, "final", 490, 500),
      span(5, "removal", 500, 700, { place: "outside" }),
    ],
    ...more,
  };
}
