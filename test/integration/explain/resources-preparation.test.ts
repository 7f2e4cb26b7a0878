import { afterAll, beforeAll, describe, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";
import { startSecondDaemon, type SecondDaemon } from "../../support/second-daemon.ts";
import { Faults } from "./fault.ts";

const faults = new Faults("a host's daemon that can't prepare a job");
let daemon: SecondDaemon;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  // Its own bridge takes the one subnet there is.
  daemon = await startSecondDaemon([images.tiny], {
    args: ["--default-address-pool=base=10.214.0.0/28,size=28"],
    memory: "64m",
  });
  coordinator = await startTestCoordinator();
  agent = await startTestAgent({
    coordinator,
    runners: [
      { tag: "network", host: daemon.host, helperImage: images.tiny, flags: "FF_NETWORK_PER_BUILD = true" },
      { tag: "disk", host: daemon.host, helperImage: images.tiny },
    ],
  });
});

afterAll(async () => {
  faults.report();
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

describe("a daemon without a subnet left", () => {
  it("is why a job does not get a network", async () => {
    await faults.prove(agent, {
      title: "no pool for the job's own network",
      rule: "no-address-pool",
      tag: "network",
      parts: { image: { name: images.tiny } },
      says: /create network [^]*docker network prune/,
    });
  });
});

describe("a daemon without room", () => {
  it("is why a job does not get a container", async () => {
    await daemon.execute("sh", "-c", "cat /dev/zero >/var/lib/docker/fill");
    await faults.prove(agent, {
      title: "a full disk",
      rule: "daemon-disk-full",
      tag: "disk",
      parts: { image: { name: images.tiny } },
      says: /no space left on device[^]*docker system df/,
    });
    await daemon.execute("rm", "/var/lib/docker/fill");
  });
});
