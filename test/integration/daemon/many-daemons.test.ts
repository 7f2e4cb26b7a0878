import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import type { TestAgent } from "../../support/agent.ts";
import { containersOf } from "../../support/engine.ts";
import type { SecondDaemon } from "../../support/second-daemon.ts";
import { startTwoDaemons, type TwoDaemons } from "../../support/two-daemons.ts";

let two: TwoDaemons;
let there: SecondDaemon;
let agent: TestAgent;

beforeAll(async () => {
  two = await startTwoDaemons({
    concurrent: 6,
    daemonTimes: { intervalMs: 500, limitMs: 5_000, boundMs: 5_000, patienceMs: 60_000 },
  });
  ({ there, agent } = two);
});

afterAll(() => two[Symbol.asyncDispose]());

describe("an agent with an entry for each of two daemons", () => {
  it("runs each entry's jobs on that entry's daemon, side by side", async () => {
    const jobs = await Promise.all(["here", "there", "here", "there"].map((tag) => two.begun(tag)));
    const on = async (engine: Engine) =>
      Promise.all(jobs.map(async ({ id }) => (await containersOf(engine, agent.agentId, id, "build")).length));
    expect(await on(agent.engine)).toEqual([1, 0, 1, 0]);
    expect(await on(there.engine)).toEqual([0, 1, 0, 1]);
    await Promise.all(jobs.map((job, index) => two.goOn(job, index % 2 === 0 ? agent.engine : there.engine)));
    for (const ended of await Promise.all(jobs.map((job) => agent.ended(job)))) {
      expect(ended.job.state).toBe("success");
      expect(ended.log).toContain("\ngoes on\n");
    }
  });

  it("goes on with one entry's jobs when the other's daemon dies, and with that entry when it is back", async () => {
    const [spared, lost] = await Promise.all([two.begun("here"), two.begun("there")]);
    await there.kill();
    const { job, log } = await agent.ended(lost);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).toMatch(/^ERROR: Job failed \(system failure\): /m);
    expect((await agent.run({ script: ["echo not disturbed"] }, "here")).log).toContain("not disturbed");

    await there.revive();
    const after = await agent.run({ script: ["echo there again"] }, "there");
    expect([after.job.state, after.log]).toEqual(["success", expect.stringContaining("\nthere again\n")]);
    await two.goOn(spared, agent.engine);
    const ended = await agent.ended(spared);
    expect([ended.job.state, ended.log]).toEqual(["success", expect.stringContaining("\ngoes on\n")]);

    // What the lost job had there came back with the daemon, and goes.
    await expect.poll(() => left(lost.id), { timeout: 60_000 }).toEqual([]);
  });
});

async function left(jobId: number): Promise<readonly string[]> {
  return containersOf(there.engine, agent.agentId, jobId, "build");
}
