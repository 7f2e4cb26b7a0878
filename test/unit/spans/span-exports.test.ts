import { describe, expect, it } from "vitest";
import type { TracingWish } from "../../../src/spans/job-report.ts";
import { otlpSettings } from "../../../src/spans/otlp-settings.ts";
import { SpanExports } from "../../../src/spans/span-exports.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { type OtlpReceiver, startOtlpReceiver } from "../../support/otlp-receiver.ts";
import { report } from "./reports.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const parentSpanId = "b7ad6b7169203331";
const received = Date.UTC(2026, 0, 1);

function exportsTo(env: Record<string, string>) {
  const warnings: string[] = [];
  const settings = otlpSettings({ OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", ...env });
  const warn = (text: string) => void warnings.push(text);
  return { warnings, exports: new SpanExports({ settings, version: "1.2.3", clock: systemClock, warn }) };
}

const wish = (...urls: string[]): TracingWish => ({
  traceId,
  parentSpanId,
  endpoints: urls.map((url) => ({ url, auth: "" })),
});
const named = (receiver: OtlpReceiver, name: string) => receiver.spans().filter((span) => span.name === name);

describe("the environment's receiver", () => {
  it("gets a span of the whole job, and below it all of its parts, with their times", async () => {
    await using receiver = await startOtlpReceiver();
    const { exports, warnings } = exportsTo({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=opensesame",
      OTEL_SERVICE_NAME: "runners",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=prod",
    });
    exports.take(report());
    await exports.close();
    expect(receiver.requests).toMatchObject([{ path: "/v1/traces", headers: { "x-key": "opensesame" } }]);
    const [job] = named(receiver, "job_execution");
    expect(job).toMatchObject({
      parentSpanId: "",
      startMs: received,
      endMs: received + 500,
      status: 2,
      resource: { "service.name": "runners", "service.version": "1.2.3", "deployment.environment.name": "prod" },
      attributes: {
        "cicd.pipeline.name": "group/project",
        "cicd.pipeline.run.id": "9",
        "cicd.pipeline.task.name": "build it",
        "cicd.pipeline.task.run.id": "42",
        "cicd.pipeline.task.run.result": "failure",
        "cicd.pipeline.task.type": "build",
        "cicd.worker.id": "3",
        "vcs.ref.head.revision": "c0ffee",
        "error.type": "script_failure",
        "ci.job.id": 42,
        "ci.job.status": "failed",
        "ci.runner.executor": "docker",
      },
    });
    const parts = receiver.spans().filter((span) => span.parentSpanId === job?.spanId);
    expect(parts.map((span) => span.name)).toEqual(["ask", "prepare_executor", "step_script", "final", "removal"]);
    expect(named(receiver, "prepare_executor")[0]?.endMs).toBeCloseTo(received + 100.25, 2);
    const [pull] = named(receiver, "pull");
    expect(pull).toMatchObject({
      traceId: job?.traceId,
      parentSpanId: named(receiver, "prepare_executor")[0]?.spanId,
      attributes: { "container.image.name": "alpine:3", "longshore.pulled": true },
    });
    expect(named(receiver, "step_script")).toMatchObject([{ status: 2, attributes: { "process.exit.code": 3 } }]);
    expect(warnings).toEqual([]);
  });

  it("gets the job's spans into the trace that the coordinator names", async () => {
    await using receiver = await startOtlpReceiver();
    const { exports } = exportsTo({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    exports.take(report({ tracing: wish() }));
    exports.take(report({ tracing: { ...wish(), traceId: "not hexadecimal" } }));
    await exports.close();
    const [first, second] = named(receiver, "job_execution");
    expect(first).toMatchObject({ traceId, parentSpanId });
    expect(second?.traceId).not.toBe(traceId);
    expect(second?.parentSpanId).toBe("");
  });

  it("is spoken to in protobuf unless JSON is asked for", async () => {
    await using receiver = await startOtlpReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "" };
    const { exports } = exportsTo(env);
    exports.take(report());
    await exports.close();
    expect(receiver.requests[0]?.headers["content-type"]).toBe("application/x-protobuf");
    expect(receiver.requests[0]?.body.includes("job_execution")).toBe(true);
  });
});

describe("the receivers that a coordinator names", () => {
  it("each get the job's spans, and neither the environment's headers nor its attributes", async () => {
    await using one = await startOtlpReceiver();
    await using other = await startOtlpReceiver();
    const { exports } = exportsTo({
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=opensesame",
      OTEL_RESOURCE_ATTRIBUTES: "rack=7",
    });
    exports.take(report({ tracing: wish(`${one.url}/in`, `${other.url}/traces?x=1`) }));
    await exports.close();
    expect([...one.requests, ...other.requests].map(({ path }) => path)).toEqual(["/in", "/traces?x=1"]);
    for (const { headers, body } of [...one.requests, ...other.requests]) {
      expect(headers).not.toHaveProperty("x-key");
      expect(body.includes("rack")).toBe(false);
      expect(body.includes("job_execution")).toBe(true);
    }
  });

  it.each([
    ["grpc://collector:4317", "", "Spans of jobs can't be sent to collector:4317: only http and https are spoken"],
    ["http://u:hidden@c/in", "http_bearer_gcp_oidc", 'sent to c: its authentication "http_bearer_gcp_oidc" is not'],
    ["nonsense", "", "an endpoint that is no URL"],
  ])("that are %s %s are warned of once", async (url, auth, words) => {
    const { exports, warnings } = exportsTo({});
    const tracing = { ...wish(), endpoints: [{ url, auth }] };
    exports.take(report({ tracing }));
    exports.take(report({ tracing }));
    await exports.close();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(words);
    expect(warnings[0]).not.toContain("hidden");
  });
});

describe("a receiver that fails", () => {
  it("is one warning, whatever number of jobs there is", async () => {
    await using receiver = await startOtlpReceiver(400);
    const { exports, warnings } = exportsTo({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
    for (let job = 0; job < 200; job++) exports.take(report());
    await exports.close();
    expect(receiver.requests.length).toBeGreaterThan(1);
    expect(warnings).toEqual([expect.stringContaining("Bad Request")]);
  });

  it("by never answering holds the end no longer than its time limit", async () => {
    await using receiver = await startOtlpReceiver("hang");
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_TIMEOUT: "100" };
    const { exports, warnings } = exportsTo(env);
    exports.take(report());
    await exports.close();
    await receiver.received(1);
    expect(warnings.length).toBeLessThanOrEqual(1);
  });

  it("because its certificates can't be read is a warning", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://c", OTEL_EXPORTER_OTLP_CERTIFICATE: "/nowhere/ca.pem" };
    const { exports, warnings } = exportsTo(env);
    exports.take(report());
    await exports.close();
    expect(warnings).toEqual([expect.stringContaining("/nowhere/ca.pem")]);
  });
});

describe("nothing is sent", () => {
  it("when OTEL_SDK_DISABLED says so, not even where a coordinator wants it", async () => {
    await using receiver = await startOtlpReceiver();
    const { exports } = exportsTo({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SDK_DISABLED: "true" });
    exports.take(report({ tracing: wish(receiver.url) }));
    await exports.close();
    expect(receiver.requests).toEqual([]);
  });
});
