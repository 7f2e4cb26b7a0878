import { describe, expect, it } from "vitest";
import { containersOf, execute, images, inspect, killContainer } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({
  concurrent: 3,
  runners: [
    {},
    { tag: "policies", docker: 'allowed_pull_policies = ["if-not-present", "never"]' },
    { tag: "no-daemon", host: "unix:///nonexistent/docker.sock" },
    { tag: "bad-option", docker: 'memory = "1k"' },
    { tag: "little", docker: 'memory = "32m"\nmemory_swap = "32m"' },
  ],
});

const errors = (log: string) => log.match(/^ERROR: .*/gm);

describe.concurrent("a job that can't run", () => {
  it("for an image that isn't there says so once, with what to do", async () => {
    const image = { name: "longshore-test/no-such-image:1", pull_policy: ["never"] };
    const { job, log } = await agent().run({ script: ["echo never"], parts: { image } }, "policies");
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_configuration_error"]);
    expect(errors(log)).toHaveLength(1);
    expect(log).toMatch(
      /ERROR: Job failed: failed to pull image "longshore-test\/no-such-image:1" with specified policies \[never\]/,
    );
    expect(log).toMatch(/Why it failed: the daemon has no image .*\[image-not-on-daemon\]/);
  });

  it("for a registry that can't be reached blames the registry", async () => {
    const { job, log } = await agent().run({ image: "registry.invalid/group/image:1", script: ["echo never"] });
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_external_dependency_failure"]);
    expect(errors(log)).toHaveLength(1);
    expect(log).toMatch(/Why it failed: .*registry\.invalid.*\[registry-unreachable\]/);
  });

  it("for a daemon that isn't there is left to others, and the agent's log says why", async () => {
    const job = await agent().start({ script: ["echo never"] }, "no-daemon");
    await agent().run({ script: ["echo meanwhile"] });
    expect(job.state).toBe("pending");
    expect(agent().lines.join("")).toMatch(/Runner asks for no jobs: .*\/nonexistent\/docker\.sock/);
  });

  it("for an option that the daemon refuses is told the daemon's words, and tried once", async () => {
    const { job, log } = await agent().run({ script: ["echo never"] }, "bad-option");
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_configuration_error"]);
    expect(log).toMatch(/[Mm]inimum memory limit/);
    expect(errors(log)).toHaveLength(1);
  });
});

describe.concurrent("a job whose container", () => {
  const script = ["echo it runs; while :; do sleep 0.1; done"];

  it("is removed from outside is a system failure, and says what happened", async () => {
    const job = await agent().start({ script, afterScript: ["echo never"] });
    await agent().shows(job, "\nit runs\n");
    const [container = ""] = await containersOf(agent().engine, agent().agentId, job.id, "build");
    await killContainer(agent().engine, container);
    const { log } = await agent().ended(job);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).toMatch(/ERROR: Job failed \(system failure\): the build container was removed/);
    expect(errors(log)).toHaveLength(1);
  });

  it("is killed from outside fails with 137, as a script that is killed", async () => {
    const job = await agent().start({ script, afterScript: ["echo after: $CI_JOB_STATUS"] });
    await agent().shows(job, "\nit runs\n");
    const [container = ""] = await containersOf(agent().engine, agent().agentId, job.id, "build");
    await agent().engine.getContainer(container).kill();
    const { log } = await agent().ended(job);
    expect([job.state, job.exitCode, job.failureReason]).toEqual(["failed", 137, "script_failure"]);
    expect(log).toContain("\nafter: failed\n");
  });

  it("runs out of memory fails with 137 and a word about memory", async () => {
    const { job, log } = await agent().run({ script: ["exec tail /dev/zero"] }, "little");
    expect([job.state, job.exitCode]).toEqual(["failed", 137]);
    expect(log).toMatch(/Why it failed: .*memory.*\[out-of-memory\]/);
  });

  it("belongs to a service that is removed from outside goes on", async () => {
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
});
