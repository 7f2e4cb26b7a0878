import { expect } from "vitest";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { startTestAgent, type TestAgent } from "./agent.ts";
import { startTestCoordinator } from "./coordinator.ts";
import { containersOf, execute, images, objectsOf } from "./engine.ts";
import { type SecondDaemon, startSecondDaemon } from "./second-daemon.ts";

/**
 * An agent with an entry for each of two daemons: jobs tagged "here" run on the engine under test, those tagged "there" on
 * one beside it. Fails when it ends and objects of the agent are left there.
 */
export interface TwoDaemons extends AsyncDisposable {
  readonly agent: TestAgent;
  readonly there: SecondDaemon;
  /** Starts a job on the entry with this tag that prints that it has begun, and goes on when it is told to. */
  begun(tag: string): Promise<JobHandle>;
  goOn(job: JobHandle, engine: Engine): Promise<void>;
}

const waiting = { script: ["echo has begun", "while [ ! -e /tmp/go ]; do sleep 0.1; done", "echo goes on"] };

export async function startTwoDaemons(
  settings: Pick<Parameters<typeof startTestAgent>[0], "concurrent" | "daemonTimes">,
): Promise<TwoDaemons> {
  await using stack = new AsyncDisposableStack();
  const there = stack.use(await startSecondDaemon([images.tiny]));
  const coordinator = stack.use(await startTestCoordinator());
  const runners = [
    { tag: "here", image: images.tiny },
    { tag: "there", image: images.tiny, host: there.host },
  ];
  const agent = await startTestAgent({ ...settings, coordinator, runners });
  stack.defer(async () => {
    await agent[Symbol.asyncDispose]();
    const { containers, networks, volumes } = await objectsOf(there.engine, agent.agentId);
    expect([containers, networks, volumes]).toEqual([[], [], []]);
  });
  const owned = stack.move();
  return {
    agent,
    there,
    begun: async (tag) => {
      const job = await agent.start(waiting, tag);
      await agent.shows(job, "has begun");
      return job;
    },
    goOn: async (job, engine) => {
      const [build = ""] = await containersOf(engine, agent.agentId, job.id, "build");
      await execute(engine, build, "touch", "/tmp/go");
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
