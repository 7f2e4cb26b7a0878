import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";

it("a job whose journal can't be written is reported failed at once, with the reason in its log", async () => {
  await using coordinator = await startTestCoordinator();
  await using agent = await startTestAgent({ coordinator });
  const state = join(agent.directory, "state");
  const jobs = join(state, (await readdir(state))[0] ?? "", "jobs");
  await rm(jobs, { recursive: true });
  await writeFile(jobs, "no directory");
  const { job, log } = await agent.run({ script: ["echo never"] });
  expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
  expect(log).toMatch(/ERROR: Job failed \(system failure\): the runner can't begin this job: .*journal/i);
  expect(log).not.toContain("never");
});
