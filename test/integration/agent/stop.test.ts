import { describe, expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";

const script = [
  "trap 'echo told to end; exit 1' TERM",
  "echo it runs",
  "until [ -e $CI_PROJECT_DIR/go ]; do sleep 0.1; done",
];

describe("an agent that is stopped", () => {
  it("by force ends its jobs, reports them as interrupted, and leaves nothing", async () => {
    await using coordinator = await startTestCoordinator();
    await using agent = await startTestAgent({ coordinator });
    const services = [{ name: images.base, alias: "idle", command: ["sleep", "1000"] }];
    const job = await agent.start({ script, afterScript: ["echo never"], parts: { services } });
    await agent.shows(job, "\nit runs\n");
    await agent.stop("forced");
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_interrupted"]);
    const { log } = await agent.ended(job);
    expect(log).toContain("\ntold to end\n");
    expect(log).toMatch(/ERROR: Job failed: aborted: the runner is being shut down\n$/);
    expect(log).not.toContain("never");
  });

  it("gracefully waits for its jobs and takes no more", async () => {
    await using coordinator = await startTestCoordinator();
    await using agent = await startTestAgent({ coordinator });
    const job = await agent.start({ script: ["echo it runs; sleep 2; echo the end"], afterScript: ["echo after"] });
    await agent.shows(job, "\nit runs\n");
    const stopping = agent.stop("graceful");
    const late = await agent.start({ script: ["true"] });
    await stopping;
    expect(job.state).toBe("success");
    expect((await agent.ended(job)).log).toContain("\nafter\n");
    expect(late.state).toBe("pending");
  });

  it("gracefully, and then by force, ends them after all", async () => {
    await using coordinator = await startTestCoordinator();
    await using agent = await startTestAgent({ coordinator });
    const job = await agent.start({ script });
    await agent.shows(job, "\nit runs\n");
    const graceful = agent.stop("graceful");
    await agent.stop("forced");
    await graceful;
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_interrupted"]);
  });
});
