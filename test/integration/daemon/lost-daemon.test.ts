import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestAgent } from "../../support/agent.ts";
import { containersOf } from "../../support/engine.ts";
import type { SecondDaemon } from "../../support/second-daemon.ts";
import { startTwoDaemons, type TwoDaemons } from "../../support/two-daemons.ts";

let two: TwoDaemons;
let there: SecondDaemon;
let agent: TestAgent;

beforeAll(async () => {
  two = await startTwoDaemons({
    concurrent: 4,
    daemonTimes: { intervalMs: 200, limitMs: 500, boundMs: 2_000, patienceMs: 60_000 },
  });
  ({ there, agent } = two);
});

afterAll(() => two[Symbol.asyncDispose]());

const said = (text: string) => expect.poll(() => agent.lines.join(""), { timeout: 60_000 }).toContain(text);

describe("a daemon that takes connections and answers nothing", () => {
  it("fails its own job with the reason, takes no more, disturbs no other's, and is clean when it goes on", async () => {
    const [spared, lost] = await Promise.all([two.begun("here"), two.begun("there")]);
    await there.hang();
    try {
      const { job, log } = await agent.ended(lost, 30_000);
      expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
      expect(log).toMatch(
        /^ERROR: Job failed \(system failure\): the Docker daemon at tcp:\S+ took connections but answered nothing for \d seconds$/m,
      );
      expect(log).toMatch(/`journalctl -u docker`/);

      await said("Runner asks for no jobs: the Docker daemon at tcp://");
      const pending = await agent.start({ script: ["echo there again"] }, "there");
      expect((await agent.run({ script: ["echo not disturbed"] }, "here")).log).toContain("not disturbed");
      expect(pending.state).toBe("pending");

      await there.goOn();
      expect((await agent.ended(pending)).job.state).toBe("success");
    } finally {
      await there.goOn();
    }
    await said("Runner asks for jobs again");
    await expect
      .poll(() => containersOf(there.engine, agent.agentId, lost.id, "build"), { timeout: 60_000 })
      .toEqual([]);
    await two.goOn(spared, agent.engine);
    const ended = await agent.ended(spared);
    expect([ended.job.state, ended.log]).toEqual(["success", expect.stringContaining("\ngoes on\n")]);
  });
});

describe("a daemon that is restarted while no job runs there", () => {
  it("is waited for by the job that begins meanwhile, which says so", async () => {
    await there.kill();
    const job = await agent.start({ script: ["echo done"] }, "there");
    await agent.shows(job, "; waiting up to 60 s for it ...");
    await said("Runner asks for no jobs: ");
    await there.revive();
    const ended = await agent.ended(job);
    expect(ended.job.state).toBe("success");
    expect(ended.log).toMatch(/WARNING: the Docker daemon at tcp:\S+ can't be reached: .*; waiting up to 60 s for it/);
    expect(ended.log).toContain("The Docker daemon answers again");
  });
});
