import { afterAll, beforeAll, expect, test } from "vitest";
import { startApiFloor } from "../../support/api-floor.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, engineHost, hostAddress, images } from "../../support/engine.ts";
import type { TcpFront } from "../../support/tcp-front.ts";

let front: TcpFront;
/** As docker's own images of that release say. */
let old: BuiltImage;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  const engine = connectEngine();
  const address = await hostAddress(engine);
  front = await startApiFloor(address, engineHost.replace("unix://", ""), "1.44");
  old = await buildImage(engine, `FROM ${images.docker}\nENV DOCKER_VERSION=20.10.24\n`);
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  const docker = '[runners.docker.daemon]\nwiring = "tcp"\n';
  agent = await startTestAgent({ coordinator, runners: [{ host: front.address, hostBuilds: true, docker }] });
});
afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
  await old[Symbol.asyncDispose]();
  await front[Symbol.asyncDispose]();
});

const script = [
  "docker version --format 'client {{.Client.APIVersion}}'",
  `docker run --rm ${images.base} echo it runs`,
];

test("a docker that is older than its daemon takes is told which API it takes", async () => {
  const { job, log } = await agent.run({ image: old.name, script });
  expect(log).toContain(
    "DOCKER_API_VERSION=1.44: docker 20.10.24 of the job's image and its daemon (API 1.44 to 1.52)",
  );
  expect(log).toContain("\nclient 1.44\n");
  expect(log).toContain("\nit runs\n");
  expect(job.state).toBe("success");
});

test("what the job says of the API stands, and the daemon turns it away", async () => {
  const { job, log } = await agent.run({ image: old.name, script, variables: { DOCKER_API_VERSION: "1.41" } });
  expect(job.state).toBe("failed");
  expect(log).toContain("client version 1.41 is too old");
  expect(log).not.toContain("DOCKER_API_VERSION=1.44");
});
