import { afterAll, beforeAll } from "vitest";
import { startTestAgent, type TestAgent, type TestAgentOptions } from "./agent.ts";
import { startTestCoordinator, type TestCoordinator } from "./coordinator.ts";
import { connectEngine, hostAddress } from "./engine.ts";

export interface SharedAgent {
  readonly agent: () => TestAgent;
  readonly coordinator: () => TestCoordinator;
}

/** One coordinator, which containers can reach, and one agent for all tests of a file. */
export function sharedAgent(options: Omit<TestAgentOptions, "coordinator"> = {}): SharedAgent {
  let coordinator: TestCoordinator | null = null;
  let agent: TestAgent | null = null;
  beforeAll(async () => {
    const address = await hostAddress(connectEngine());
    coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
    agent = await startTestAgent({ ...options, coordinator });
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await coordinator?.[Symbol.asyncDispose]();
  });
  const started = <T>(part: T | null): T => {
    if (part === null) throw new Error("it is started before the first test");
    return part;
  };
  return { agent: () => started(agent), coordinator: () => started(coordinator) };
}
