import { describe, expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { startOtlpReceiver } from "../../support/otlp-receiver.ts";

const tracing = (url: string) => ({
  trace_id: "0af7651916cd43dd8448eb211c80319c",
  span_parent_id: "b7ad6b7169203331",
  otel_endpoints: [{ url }],
});
const features = { trace_sections: true, failure_reasons: [], token_mask_prefixes: [] };
const json = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_EXPORTER_OTLP_HEADERS: "x-key=opensesame" };

describe.concurrent("an agent", () => {
  it("sends the spans of its jobs where the environment and where the coordinator says, before it ends", async () => {
    await using mine = await startOtlpReceiver();
    await using theirs = await startOtlpReceiver();
    await using coordinator = await startTestCoordinator();
    await using agent = await startTestAgent({
      coordinator,
      otel: { ...json, OTEL_EXPORTER_OTLP_ENDPOINT: mine.url },
    });
    const parts = { features: { ...features, tracing: tracing(`${theirs.url}/in`) } };
    const { job } = await agent.run({ name: "traced", script: ["true"], parts });
    await agent.stop("graceful");

    const spans = mine.spans();
    const [root] = spans.filter((span) => span.name === "job_execution");
    expect(root).toMatchObject({
      traceId: tracing("").trace_id,
      parentSpanId: tracing("").span_parent_id,
      attributes: { "cicd.pipeline.task.run.id": String(job.id), "cicd.pipeline.task.run.result": "success" },
    });
    const names = spans.map((span) => span.name);
    for (const name of [
      "ask",
      "accept",
      "prepare_executor",
      "pull",
      "build",
      "create",
      "start",
      "step_script",
      "final",
    ])
      expect(names).toContain(name);
    expect(names).toContain("removal");
    expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
    // The times are those of the clock on the wall.
    expect(Math.abs((root?.endMs ?? 0) - (job.finishedAt ?? 0))).toBeLessThan(1_000);

    const [request, ...more] = theirs.requests;
    expect(more).toEqual([]);
    expect(request).toMatchObject({ path: "/in", headers: { "content-type": "application/x-protobuf" } });
    expect(request?.headers).not.toHaveProperty("x-key");
    expect(request?.body.includes("step_script")).toBe(true);
    for (const { body } of [...mine.requests, ...theirs.requests]) expect(body.includes(job.token)).toBe(false);
  });

  it("runs its jobs as ever where the receiver fails, and says so once", async () => {
    await using broken = await startOtlpReceiver(500);
    await using coordinator = await startTestCoordinator();
    await using agent = await startTestAgent({
      coordinator,
      otel: { ...json, OTEL_EXPORTER_OTLP_ENDPOINT: broken.url },
    });
    const first = await agent.run({ script: ["true"] });
    const second = await agent.run({ script: ["true"] });
    await agent.stop("graceful");
    expect([first.job.state, second.job.state]).toEqual(["success", "success"]);
    expect(broken.requests.length).toBeGreaterThan(0);
    expect(agent.lines.filter((line) => line.includes("Spans of jobs can't be sent"))).toHaveLength(1);
  });
});
