import { mkdtemp, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RemoteDaemon, startRemoteDaemon } from "../../../demo/remote-daemon.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { startCustomRunner } from "../../support/custom-runner.ts";
import { connectEngine, hostAddress, images } from "../../support/engine.ts";

const engine = connectEngine();
const name = `longshore-test-custom-${randomBytes(4).toString("hex")}`;
let directory: string;
let remote: RemoteDaemon;
let coordinator: TestCoordinator;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const address = await hostAddress(engine);
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  remote = await startRemoteDaemon({ engine, name, dindImage: images.dind, images: [], directory, mtu: 1400 });
});

afterAll(async () => {
  await coordinator[Symbol.asyncDispose]();
  await remote.stop();
  await engine.getVolume(`${name}-data`).remove();
  await rm(directory, { recursive: true, force: true });
});

const build = [
  "cp /bin/busybox .",
  `printf 'FROM scratch\\nCOPY busybox /bin/busybox\\nENTRYPOINT ["/bin/busybox"]\\n' >Dockerfile`,
  'docker build -q -t "longshore-test/$CI_JOB_ID:built" . >/dev/null',
  "echo mounted content >file",
  'docker run --rm "longshore-test/$CI_JOB_ID:built" echo it runs',
];
const mount = 'docker run --rm -v "$CI_PROJECT_DIR":/src "longshore-test/$CI_JOB_ID:built" cat /src/file';
const remove = 'docker rmi "longshore-test/$CI_JOB_ID:built" >/dev/null';

describe("a custom executor's job", () => {
  it("has the host's Docker by the wiring socket, with its files at its paths", async () => {
    await using runner = await startCustomRunner({
      coordinator,
      hostBuilds: true,
      docker: '[runners.docker.daemon]\nwiring = "socket"',
    });
    const { state, log } = await runner.run({ image: images.docker, script: [...build, mount, remove] });
    expect([state, log]).toEqual(["success", expect.stringContaining("it runs\n")]);
    expect(log).toContain("\nmounted content\n");
  });

  it("has a Docker of its own by the wiring dind, with TLS and its files at its paths", async () => {
    await using runner = await startCustomRunner({
      coordinator,
      docker: `[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"`,
    });
    const script = ["echo host=$DOCKER_HOST verify=$DOCKER_TLS_VERIFY", ...build, mount];
    const { state, log } = await runner.run({ image: images.docker, script });
    expect([state, log]).toEqual(["success", expect.stringContaining("it runs\n")]);
    expect(log).toContain("\nhost=tcp://docker:2376 verify=1\n");
    expect(log).toContain("\nmounted content\n");
  });

  it("has a Docker elsewhere by the wiring tcp, with its certificates", async () => {
    await using runner = await startCustomRunner({
      coordinator,
      docker: `[runners.docker.daemon]\nwiring = "tcp"\naddress = "${remote.host}"\ntls_verify = true\ntls_cert_path = "${remote.certificates}"`,
    });
    const script = ["echo host=$DOCKER_HOST", ...build, remove];
    const { state, log } = await runner.run({ image: images.docker, script });
    expect([state, log]).toEqual(["success", expect.stringContaining("it runs\n")]);
    expect(log).toContain(`\nhost=${remote.host}\n`);
  });

  it("that brings its own dind is wired as an agent's job is", async () => {
    await using runner = await startCustomRunner({ coordinator, docker: "privileged = true" });
    const { state, log } = await runner.run({
      image: images.docker,
      services: [images.dind],
      script: ["docker version --format 'server {{.Server.Version}}'"],
    });
    expect([state, log]).toEqual(["success", expect.stringMatching(/^server \d/m)]);
  });
});
