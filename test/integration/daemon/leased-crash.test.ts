import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { configText, startTestAgent } from "../../support/agent.ts";
import { finished, scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { build, leased, leasedJob, runToTheEnd, storeLine } from "./leased-job.ts";

const cli = join(import.meta.dirname, "../../../src/cli.ts");
const runners = [{ docker: leased }];

it("an agent that is killed and started again has the layer store whole, and the job's daemon is gone", async () => {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  await using coordinator = await startTestCoordinator();
  const config = join(directory, "config.toml");
  await writeFile(config, configText({ coordinator, runners }, directory), { mode: 0o600 });
  const child = spawn(process.execPath, [cli, "run", "--config", config, "--state-dir", join(directory, "state")], {
    env: { PATH: process.env["PATH"], HOME: directory },
    stdio: "ignore",
  });
  const gone = once(child, "exit");
  const job = await coordinator.addJob(scriptJob(leasedJob([...build, "echo built; sleep 1000"])));
  const built = Promise.withResolvers<void>();
  let log = "";
  coordinator.events.on("trace-appended", ({ jobId, bytes }) => {
    if (jobId === job.id && (log += bytes.toString()).includes("\nbuilt\n")) built.resolve();
  });
  await built.promise;
  child.kill("SIGKILL");
  await gone;

  await using agent = await startTestAgent({ coordinator, directory, runners });
  await finished(coordinator, job);
  expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
  await agent.cleanedUp(job);
  const next = await runToTheEnd(agent, leasedJob(build));
  expect([next.job.state, storeLine(next)]).toEqual(["success", expect.stringMatching(/^warm \(\d/)]);
  expect(next.log.match(/Using cache/g)).toHaveLength(3);
});
