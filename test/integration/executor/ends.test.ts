import { describe, expect, it } from "vitest";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent, coordinator } = sharedAgent({ concurrent: 4 });

/** Says when it is there, and when it is asked to end. */
const long = ["trap 'echo told to end; exit 1' TERM", "echo it runs", "while :; do sleep 0.1; done"];
const after = ["echo after: $CI_JOB_STATUS"];

describe.concurrent("a timeout", () => {
  it("of the job ends everything, without after_script", async () => {
    const { job, log } = await agent().run({ script: long, afterScript: after, timeout: 4 });
    expect([job.state, job.failureReason]).toEqual(["failed", "job_execution_timeout"]);
    expect(log).toMatch(/ERROR: Job failed: execution took longer than 4s seconds\n$/);
    expect(log).not.toContain("after:");
  });

  it("of the script (RUNNER_SCRIPT_TIMEOUT) leaves time for after_script and artifacts", async () => {
    const { job, log } = await agent().run({
      script: ["touch file", ...long],
      afterScript: after,
      variables: { RUNNER_SCRIPT_TIMEOUT: "2s" },
      parts: { artifacts: [{ paths: ["file"], when: "always", artifact_type: "archive", artifact_format: "zip" }] },
    });
    expect([job.state, job.failureReason]).toEqual(["failed", "job_execution_timeout"]);
    expect(log).toContain("\ntold to end\n");
    expect(log).toContain("\nafter: timedout\n");
    expect(job.artifacts).toHaveLength(1);
  });

  it("of after_script (RUNNER_AFTER_SCRIPT_TIMEOUT) leaves the job as it was", async () => {
    const { job, log } = await agent().run({
      script: ["true"],
      afterScript: long,
      variables: { RUNNER_AFTER_SCRIPT_TIMEOUT: "2s" },
    });
    expect(job.state).toBe("success");
    expect(log).toMatch(
      /WARNING: after_script failed, but job will continue unaffected: after_script took longer than 2 seconds/,
    );
  });
});

describe.concurrent("a cancel", () => {
  it("stops the script with TERM, then runs after_script and uploads what is wanted of a failed job", async () => {
    const job = await agent().start({
      script: ["touch file", ...long],
      afterScript: after,
      parts: { artifacts: [{ paths: ["file"], when: "on_failure", artifact_type: "archive", artifact_format: "zip" }] },
    });
    await agent().shows(job, "\nit runs\n");
    coordinator().cancel(job.id);
    const { log } = await agent().ended(job);
    expect(job.state).toBe("canceled");
    expect(log).toContain("\ntold to end\n");
    expect(log).toContain("\nafter: canceled\n");
    expect(job.artifacts).toHaveLength(1);
  });

  it("ends a script that doesn't listen to TERM", async () => {
    const script = ["trap '' TERM", "echo it runs", "while :; do sleep 1; done"];
    const job = await agent().start({ script, afterScript: after });
    await agent().shows(job, "\nit runs\n");
    coordinator().cancel(job.id);
    expect((await agent().ended(job)).log).toContain("\nafter: canceled\n");
  });

  it("works in an image that has no shell but sh, and for a user who isn't root", async () => {
    const jobs = await Promise.all(
      [images.tiny, images.nonroot].map((image) => agent().start({ image, script: long, afterScript: after })),
    );
    for (const job of jobs) {
      await agent().shows(job, "\nit runs\n");
      coordinator().cancel(job.id);
    }
    for (const job of jobs) {
      const { log } = await agent().ended(job);
      expect(log).toContain("\ntold to end\n");
      expect(log).toContain("\nafter: canceled\n");
    }
  });

  it("a second time ends everything at once", async () => {
    const job = await agent().start({ script: ["true"], afterScript: long });
    await agent().shows(job, "\nit runs\n");
    coordinator().cancel(job.id);
    coordinator().cancel(job.id);
    expect(job.state).toBe("canceled");
    await agent().cleanedUp(job);
  });

  it("before the script starts nothing of it, nor after_script", async () => {
    const service = { name: images.base, alias: "slow", command: ["sleep", "1000"] };
    const variables = [{ key: "HEALTHCHECK_TCP_PORT", value: "1", public: true }];
    const job = await agent().start({
      script: ["echo never"],
      afterScript: ["echo never"],
      parts: { services: [service], variables },
    });
    await agent().shows(job, "Waiting for services to be up and running");
    coordinator().cancel(job.id);
    const { log } = await agent().ended(job);
    expect(job.state).toBe("canceled");
    expect(log).not.toContain("never");
    await agent().cleanedUp(job);
  });
});
