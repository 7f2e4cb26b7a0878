import { describe, expect, it } from "vitest";
import { containersOf, execute, images, inspect, killContainer } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({
  concurrent: 3,
  runners: [{}, { tag: "no-daemon", host: "unix:///nonexistent/docker.sock" }],
});

describe.concurrent("a job", () => {
  it("for a daemon that isn't there is left to others, and the agent's log says why", async () => {
    const job = await agent().start({ script: ["echo never"] }, "no-daemon");
    await agent().run({ script: ["echo meanwhile"] });
    expect(job.state).toBe("pending");
    expect(agent().lines.join("")).toMatch(/Runner asks for no jobs: .*\/nonexistent\/docker\.sock/);
  });

  it("goes on when a container of its services is removed from outside", async () => {
    const services = [{ name: images.base, alias: "idle", command: ["sleep", "1000"] }];
    const job = await agent().start({
      script: ["echo it runs", "until [ -e /go ]; do sleep 0.1; done"],
      parts: { services },
    });
    await agent().shows(job, "\nit runs\n");
    const [service = ""] = await containersOf(agent().engine, agent().agentId, job.id, "service");
    const [build = ""] = await containersOf(agent().engine, agent().agentId, job.id, "build");
    await killContainer(agent().engine, service);
    expect((await inspect(agent().engine, build)).State.Running).toBe(true);
    await execute(agent().engine, build, "touch", "/go");
    expect((await agent().ended(job)).job.state).toBe("success");
  });

  it("tells the agent's log of its images with FF_LOG_IMAGES_CONFIGURED_FOR_JOB", async () => {
    const { job } = await agent().run({
      image: images.tiny,
      script: ["true"],
      variables: { FF_LOG_IMAGES_CONFIGURED_FOR_JOB: "true" },
    });
    expect(job.state).toBe("success");
    expect(agent().lines.join("")).toContain(`Image configured for job: ${images.tiny}`);
  });
});
