import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findLeftovers } from "../../../src/doctor/leftovers.ts";
import { configText, startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, hostAddress, objectsOf } from "../../support/engine.ts";
import { examination } from "./examination.ts";

let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  coordinator = await startTestCoordinator({ listen: [`${await hostAddress(connectEngine())}:0`] });
  agent = await startTestAgent({ coordinator });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
});

describe("longshore doctor beside an agent that works", () => {
  it("takes nothing of a running job's for a leftover, and nothing of it away", async () => {
    const job = await agent.start({ script: ["echo it runs; sleep 1000"], services: [] });
    await agent.shows(job, "\nit runs\n");
    const before = await objectsOf(agent.engine, agent.agentId);
    expect(before.containers.length).toBeGreaterThan(0);
    const examined = await examination({
      file: join(agent.directory, "config.toml"),
      stateDir: join(agent.directory, "state"),
      config: configText({ coordinator }, agent.directory),
    });
    expect(examined.checks.find(({ name }) => name === "leftovers")).toMatchObject({ verdict: "pass" });
    expect(examined.found).toEqual([]);
    expect(await objectsOf(agent.engine, agent.agentId)).toEqual(before);
    const found = await findLeftovers(
      agent.engine,
      agent.agentId,
      { isAlive: () => false, isOver: () => true, now: Date.now() },
      AbortSignal.timeout(30_000),
    );
    expect(found.containers).toBe(before.containers.length);
    coordinator.cancel(job.id);
    await agent.ended(job);
  });
});
