import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, hostAddress, images } from "../../support/engine.ts";

const engine = connectEngine();
const volume = `longshore-test-${randomBytes(4).toString("hex")}`;
const settings = `dns = ["10.11.12.13"]\ndns_search = ["inner.test"]\n`;
const daemonJson = JSON.stringify({ dns: ["10.9.9.9"] });
let coordinator: TestCoordinator;
let agent: TestAgent;
let configured: BuiltImage;

beforeAll(async () => {
  configured = await buildImage(engine, `FROM ${images.dind}\nCOPY daemon.json /etc/docker/daemon.json\n`, {
    "daemon.json": daemonJson,
  });
  // A new volume takes over what the image has there.
  await engine.createVolume({ Name: volume });
  const { id } = await engine.createContainer({
    Image: configured.name,
    HostConfig: { Binds: [`${volume}:/etc/docker`] },
  });
  await engine.getContainer(id).remove({ v: true });
  coordinator = await startTestCoordinator({ listen: [`${await hostAddress(engine)}:0`] });
  const daemon = (image: string) => `[runners.docker.daemon]\nwiring = "dind"\nimage = "${image}"\n`;
  agent = await startTestAgent({
    coordinator,
    concurrent: 2,
    runners: [
      { tag: "image", docker: settings + daemon(configured.name) },
      { tag: "mounted", docker: `${settings}volumes = ["${volume}:/etc/docker"]\n${daemon(images.dind)}` },
    ],
  });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
  await engine.getVolume(volume).remove();
  await configured[Symbol.asyncDispose]();
});

const script = [
  "cp /bin/busybox . && printf 'FROM scratch\\nCOPY busybox /bin/busybox\\n' >Dockerfile",
  "docker build -q -t built . >/dev/null",
  "docker run --rm built /bin/busybox cat /etc/resolv.conf",
];

describe.concurrent("a sidecar whose daemon.json speaks of what config.toml says, too", () => {
  it.each(["image", "mounted"])("starts, and goes by the file (%s)", async (tag) => {
    const { job, log } = await agent.run({ image: images.docker, script }, tag);
    expect(log).toContain("\nnameserver 10.9.9.9\n");
    expect(log).not.toContain("10.11.12.13");
    expect(log).toMatch(/^search inner\.test$/m);
    expect(job.state).toBe("success");
    await agent.cleanedUp(job);
  });
});
