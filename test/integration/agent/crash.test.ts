import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configText, startTestAgent } from "../../support/agent.ts";
import { finished, scriptJob, startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";

const cli = join(import.meta.dirname, "../../../src/cli.ts");
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** The agent as a process of its own, to be killed. */
async function spawnAgent(coordinator: TestCoordinator): Promise<ChildProcess> {
  const config = join(directory, "config.toml");
  await writeFile(config, configText({ coordinator }, directory), { mode: 0o600 });
  const env = { PATH: process.env["PATH"], HOME: directory };
  return spawn(process.execPath, [cli, "run", "--config", config, "--state-dir", join(directory, "state")], {
    env,
    stdio: "ignore",
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

async function shown(coordinator: TestCoordinator, id: number, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let log = "";
  coordinator.events.on("trace-appended", ({ jobId, bytes }) => {
    if (jobId === id && (log += bytes.toString()).includes(text)) resolve();
  });
  await promise;
}

describe("an agent that is killed and started again", () => {
  it("reports the job it ran as a system failure, with its log up to then, and leaves nothing of it", async () => {
    await using coordinator = await startTestCoordinator();
    const child = await spawnAgent(coordinator);
    const services = [{ name: images.base, alias: "idle", command: ["sleep", "1000"] }];
    const script = ["seq 1 5000; echo it runs", "sleep 1000"];
    const job = await coordinator.addJob(scriptJob({ script, parts: { services } }));
    await shown(coordinator, job.id, "it runs");
    await kill(child);
    expect(job.state).toBe("running");

    await using agent = await startTestAgent({ coordinator, directory });
    const { log } = await finished(coordinator, job);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    const numbers = log.split("\n").filter((line) => /^\d+$/.test(line));
    expect(numbers).toEqual(Array.from({ length: 5000 }, (_, index) => String(index + 1)));
    expect(log).toMatch(/ERROR: Job failed \(system failure\): the runner was stopped while the job ran/);
    await agent.cleanedUp(job);
    const next = await agent.run({ script: ["echo hello"] });
    expect(next.job.state).toBe("success");
  });

  it("before it could report a job's end reports it as it was", async () => {
    await using coordinator = await startTestCoordinator();
    const child = await spawnAgent(coordinator);
    const job = await coordinator.addJob(scriptJob({ script: ["echo the end; exit 5"] }));
    coordinator.faults.add({ endpoint: "update-job", fault: { kind: "hang" }, jobId: job.id, after: 1 });
    const asked = Promise.withResolvers<void>();
    const watch = setInterval(() => {
      if (coordinator.faults.pending === 0) asked.resolve();
    }, 20);
    await asked.promise;
    clearInterval(watch);
    await kill(child);

    await using agent = await startTestAgent({ coordinator, directory });
    const { log } = await finished(coordinator, job);
    expect([job.state, job.failureReason, job.exitCode]).toEqual(["failed", "script_failure", 5]);
    expect(log.match(/the end\n/g)).toHaveLength(1);
    expect(log).not.toContain("the runner was stopped");
    await agent.cleanedUp(job);
  });
});
