import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images, objectsOf } from "../../support/engine.ts";
import { type SecondDaemon, startSecondDaemon } from "../../support/second-daemon.ts";

const lines = (log: string) => [...log.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const counting = "i=0; while [ $i -lt 100 ]; do i=$((i + 1)); echo line $i; sleep 0.1; done";

let coordinator: TestCoordinator;
beforeAll(async () => {
  coordinator = await startTestCoordinator();
});
afterAll(() => coordinator[Symbol.asyncDispose]());

/** A daemon that restarts, and an agent whose jobs run there. */
async function onDaemon(args: readonly string[], body: (agent: TestAgent, daemon: SecondDaemon) => Promise<void>) {
  await using daemon = await startSecondDaemon([images.tiny, images.helper], { args, restarts: true });
  await using agent = await startTestAgent({ coordinator, runners: [{ image: images.tiny, host: daemon.host }] });
  await body(agent, daemon);
  await agent.stop("graceful");
  const { containers, networks, volumes } = await objectsOf(daemon.engine, agent.agentId);
  expect([containers, networks, volumes]).toEqual([[], [], []]);
}

describe("a daemon that is restarted while a script runs", () => {
  it("and leaves its containers alive costs the job nothing", async () => {
    await onDaemon(["--live-restore"], async (agent, daemon) => {
      const job = await agent.start({ script: [counting, "exit 3"], afterScript: ["echo after"] });
      await agent.shows(job, "line 10\n");
      await daemon.execute("pkill", "-KILL", "-x", "dockerd");
      const { log } = await agent.ended(job);
      expect(lines(log)).toEqual(upTo(100));
      expect([job.state, job.failureReason, job.exitCode]).toEqual(["failed", "script_failure", 3]);
      expect(log).toContain("\nafter\n");
    });
  });

  it("and ends its containers fails the job with the system, and says why", async () => {
    await onDaemon([], async (agent, daemon) => {
      const job = await agent.start({ script: [counting] });
      await agent.shows(job, "line 10\n");
      await daemon.execute("pkill", "-TERM", "-x", "dockerd");
      const { log } = await agent.ended(job);
      expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
      expect(log).toMatch(
        /the Docker daemon or its host went down|the build container was stopped while the script ran/,
      );
      const next = await agent.run({ script: ["echo well again"] });
      expect([next.job.state, next.log]).toEqual(["success", expect.stringContaining("\nwell again\n")]);
    });
  });
});
