import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { type EngineFront, startEngineFront } from "../../support/engine-front.ts";
import { containersOf, execute, images } from "../../support/engine.ts";

/** A way to the daemon that cuts whoever follows a log when the words CUT HERE have passed, the first few times. */
const mostCuts = 2;
let cuts = 0;
const relay = (client: Socket, daemon: Socket) => {
  let follows = false;
  client.on("data", (bytes: Buffer) => {
    follows ||= /^GET \/containers\/[^/]+\/logs\?.*follow=true/.test(bytes.toString("latin1"));
    daemon.write(bytes);
  });
  daemon.on("data", (bytes: Buffer) => {
    client.write(bytes);
    if (!follows || cuts >= mostCuts || !bytes.includes("CUT HERE")) return;
    cuts++;
    daemon.destroy();
    client.destroy();
  });
};

let front: EngineFront;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  front = await startEngineFront("services", relay);
  coordinator = await startTestCoordinator();
  agent = await startTestAgent({ coordinator, runners: [{ host: front.host }] });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator.close();
  await front[Symbol.asyncDispose]();
});

describe("with CI_DEBUG_SERVICES", () => {
  it("each line of a service is in the log once, also when the connection to the daemon is cut", async () => {
    const command = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo CUT HERE $i; sleep 0.05; done; sleep 300";
    const job = await agent.start({
      // It waits for the service's last line, and no longer than the job's timeout.
      script: ["until [ -e /tmp/go ]; do sleep 0.1; done"],
      timeout: 60,
      variables: { CI_DEBUG_SERVICES: "true" },
      parts: { services: [{ name: images.base, alias: "clock", entrypoint: ["sh", "-c"], command: [command] }] },
    });
    await agent.shows(job, "CUT HERE 40");
    const [build = ""] = await containersOf(agent.engine, agent.agentId, job.id, "build");
    await execute(agent.engine, build, "touch", "/tmp/go");
    const { log } = await agent.ended(job);
    const numbers = [...log.matchAll(/\[service:.*CUT HERE (\d+)$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect([job.state, cuts]).toEqual(["success", mostCuts]);
    await agent.cleanedUp(job);
  });
});
