import { describe, expect, it } from "vitest";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import type { Assignment } from "../../../src/executor/assignment.ts";
import { jobReport, markExit } from "../../../src/executor/job-spans.ts";
import { SpanRecorder } from "../../../src/spans/recorder.ts";

const variables = Object.entries({
  CI_JOB_URL: "https://gitlab.example.com/g/p/-/jobs/5",
  CI_PIPELINE_SOURCE: "push",
  CI_PIPELINE_ID: "90",
  CI_RUNNER_ID: "12",
}).map(([key, value]) => ({ key, value }));

const tracing = {
  trace_id: "0af7651916cd43dd8448eb211c80319c",
  span_parent_id: "b7ad6b7169203331",
  otel_endpoints: [
    { url: "https://a/in" },
    { url: "https://b/in", auth: { type: "http_bearer_gcp_oidc", http_bearer_gcp_oidc: { audience: "x" } } },
  ],
};

function reportOf(payload: object, spans = new SpanRecorder(() => 40, { askedAt: 10, receivedAt: 20 }, "receive")) {
  const job = jobPayloadSchema.parse({ id: 5, token: "t0ken", job_info: {}, git_info: {}, ...payload });
  const assignment = { received: { job, receivedAt: 20 }, runner: { name: "big" } } as unknown as Assignment;
  const agent = { systemId: "s_1", clock: { now: () => 1_000, monotonic: () => 40, sleep: () => Promise.resolve() } };
  const trace = { hide: (text: string) => text.replaceAll("hidden", "[MASKED]") };
  return jobReport(agent, assignment, { state: "success" }, spans, trace);
}

describe("the report of a job", () => {
  it("names it by what the coordinator said", () => {
    const job_info = { name: "build", stage: "test", project_id: 3, project_full_path: "g/p" };
    expect(reportOf({ variables, job_info, git_info: { ref: "main", sha: "c0ffee" } })).toMatchObject({
      job: {
        id: 5,
        name: "build",
        stage: "test",
        url: "https://gitlab.example.com/g/p/-/jobs/5",
        ref: "main",
        sha: "c0ffee",
        projectId: 3,
        projectPath: "g/p",
        pipelineId: 90,
        pipelineSource: "push",
        runnerId: 12,
        runnerName: "big",
        systemId: "s_1",
      },
      receivedAt: 980,
      durationMs: 20,
      failureReason: "",
      tracing: null,
    });
  });

  it("says where the coordinator wants its spans", () => {
    expect(reportOf({ features: { tracing } }).tracing).toEqual({
      traceId: tracing.trace_id,
      parentSpanId: tracing.span_parent_id,
      endpoints: [
        { url: "https://a/in", auth: "" },
        { url: "https://b/in", auth: "http_bearer_gcp_oidc" },
      ],
    });
    expect(reportOf({ features: { tracing: null } }).tracing).toBeNull();
  });

  it("is masked as the log is", async () => {
    const spans = new SpanRecorder(() => 40, { askedAt: 10, receivedAt: 20 }, "receive");
    await spans.run("pull", { image: "registry/hidden:1", pulled: true }, () => Promise.resolve());
    const report = reportOf({ job_info: { name: "a hidden job" } }, spans);
    expect(report.job.name).toBe("a [MASKED] job");
    expect(report.spans.at(-1)?.attributes).toEqual({ image: "registry/[MASKED]:1", pulled: true });
  });
});

it.each([
  [0, "ok", {}],
  [undefined, "ok", {}],
  [{ exitCode: 0, oomKilled: false }, "ok", {}],
  [7, "error", { exit_code: 7 }],
  [{ exitCode: 137, oomKilled: true }, "error", { exit_code: 137 }],
  [["build"], "ok", {}],
])("a stage that gave %j is %s", async (result, outcome, attributes) => {
  const spans = new SpanRecorder(() => 0, { askedAt: 0, receivedAt: 0 }, "receive");
  await spans.phase("stage", (span) => {
    markExit(span, result);
    return Promise.resolve();
  });
  expect(spans.list().at(-1)).toMatchObject({ outcome, attributes });
});
