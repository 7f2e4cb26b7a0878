import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import { encodeRecord } from "../../../src/journal/record-line.ts";
import { startTestAgent } from "../../support/agent.ts";
import { finished, scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";
import { killedAgent, shown } from "../../support/killed-agent.ts";
import { plainText } from "../../support/job-log.ts";

const runners = [{ image: images.tiny }];

/** The directory with a job's journal. */
async function journalOf(jobs: string, { id }: JobHandle): Promise<string> {
  const name = (await readdir(jobs)).find((each) => each.startsWith(`${id}-`));
  return join(jobs, name ?? "none");
}

it("jobs whose journals can't be used are failed and cleaned up, and those of the others are none the worse", async () => {
  await using coordinator = await startTestCoordinator();
  await using killed = await killedAgent({ coordinator, runners, concurrent: 4 });
  const { directory } = killed;
  killed.start();
  const begin = async () => {
    const job = await coordinator.addJob(scriptJob({ script: ["echo it runs", "sleep 1000"] }));
    await shown(coordinator, job.id, "it runs");
    return job;
  };
  const [later, torn, planless] = await Promise.all([begin(), begin(), begin()]);
  await killed.kill();

  const agentId = await killed.agentId();
  const jobs = join(directory, "state", agentId, "jobs");
  const events = join(await journalOf(jobs, later), "events");
  const [first = ""] = (await readFile(events, "utf8")).split("\n");
  await writeFile(events, encodeRecord({ ...(JSON.parse(first.slice(9)) as object), version: 99 }));
  await truncate(join(await journalOf(jobs, torn), "payload.json"), 300);
  await truncate(join(await journalOf(jobs, planless), "plan.json"), 0);

  await using agent = await startTestAgent({ coordinator, directory, runners });
  const ends = await Promise.all([later, torn].map((job) => finished(coordinator, job)));
  expect([later, torn].map(({ state, failureReason }) => [state, failureReason])).toEqual([
    ["failed", "runner_system_failure"],
    ["failed", "runner_system_failure"],
  ]);
  for (const { log } of ends) {
    expect(log).toContain("it runs\n");
    expect(log).toMatch(/ERROR: Job failed \(system failure\): the runner was restarted, and what it had kept/);
  }
  expect(ends.map(({ log }) => /can't be used: (.*)$/m.exec(plainText(log))?.[1])).toEqual([
    expect.stringMatching(/^it has version 99, this agent reads versions 1 to /),
    "its payload is not whole",
  ]);
  await Promise.all([later, torn].map((job) => agent.cleanedUp(job)));
  expect(agent.lines.join("")).toMatch(/a journal of an earlier run can't be read: .*it has version 99/);
  await expect.poll(() => journalOf(jobs, later), { timeout: 60_000 }).toBe(join(jobs, "none"));
  await expect.poll(() => journalOf(jobs, torn), { timeout: 60_000 }).toBe(join(jobs, "none"));
  // Its script has run as far as it did: without the plan it can't go on, and must not run twice.
  expect((await finished(coordinator, planless)).log.match(/it runs\n/g)).toHaveLength(1);
  await agent.cleanedUp(planless);
  expect((await agent.run({ script: ["echo hello"] })).job.state).toBe("success");
});
