import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RemoteDaemon, startRemoteDaemon } from "../../../demo/remote-daemon.ts";
import { readDockerCertificates } from "../../../src/daemon/certificate-files.ts";
import { issueDaemonCertificates } from "../../../src/daemon/certificates.ts";
import { connectDocker } from "../../../src/daemon/connect.ts";
import { parseDaemonAddress } from "../../../src/daemon/address.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, engineHost, hostAddress, images, objectsOf } from "../../support/engine.ts";
import { startTcpFront, type TcpFront } from "../../support/tcp-front.ts";
import { conformsAs } from "./conformance.ts";

const engine = connectEngine();
const name = `longshore-test-remote-${randomBytes(4).toString("hex")}`;
const socketPath = engineHost.replace("unix://", "");
let directory: string;
let remote: RemoteDaemon;
let remoteEngine: Engine;
let front: TcpFront;
let coordinator: TestCoordinator;
let agent: TestAgent;

const tls = (certificates: string) => `tls_verify = true\ntls_cert_path = "${certificates}"`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const address = await hostAddress(engine);
  remote = await startRemoteDaemon({
    engine,
    name,
    dindImage: images.dind,
    images: [images.docker],
    directory,
    mtu: 1400,
  });
  remoteEngine = connectDocker(
    parseDaemonAddress(remote.host, true),
    await readDockerCertificates(remote.certificates),
  );
  front = await startTcpFront(address, socketPath);
  const otherCa = join(directory, "other-ca");
  await cp(remote.certificates, otherCa, { recursive: true });
  const other = await issueDaemonCertificates([], Date.now(), 3_600_000);
  await writeFile(join(otherCa, "ca.pem"), other.client.ca);
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  const tcp = (lines: string) => `[runners.docker.daemon]\nwiring = "tcp"\n${lines}\n`;
  agent = await startTestAgent({
    coordinator,
    daemonTimes: { intervalMs: 500, limitMs: 5_000, boundMs: 5_000, patienceMs: 60_000 },
    runners: [
      { tag: "tcp-tls", docker: tcp(`address = "${remote.host}"\n${tls(remote.certificates)}`) },
      { tag: "tcp-plain", hostBuilds: true, host: front.address, docker: tcp("") },
      {
        tag: "socket-there",
        hostBuilds: true,
        host: front.address,
        docker: `[runners.docker.daemon]\nwiring = "socket"\nsocket_path = "${socketPath}"\n`,
      },
      {
        tag: "all-remote",
        host: remote.host,
        image: images.docker,
        helperImage: images.docker,
        docker: `${tls(remote.certificates)}\n${tcp("")}`,
      },
      { tag: "other-ca", docker: tcp(`address = "${remote.host}"\n${tls(otherCa)}`) },
      { tag: "nobody", docker: `wait_for_services_timeout = 1\n${tcp(`address = "tcp://${address}:9"`)}` },
      { tag: "no-certificates", docker: tcp(`address = "${remote.host}"\n${tls(join(directory, "nowhere"))}`) },
    ],
  });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
  await front[Symbol.asyncDispose]();
  await remote.stop();
  await engine.getVolume(`${name}-data`).remove();
  await rm(directory, { recursive: true, force: true });
});

conformsAs("the wiring tcp with TLS, to a daemon of its own", () => agent, {
  tag: "tcp-tls",
  dockerHost: /^host=tcp:\/\/[\d.]+:2376$/m,
  tls: true,
  sharesFiles: false,
  engine: () => engine,
});

conformsAs("the wiring tcp without TLS, to the agent's own daemon", () => agent, {
  tag: "tcp-plain",
  dockerHost: /^host=tcp:\/\/[\d.]+:\d+$/m,
  tls: false,
  sharesFiles: true,
  engine: () => engine,
});

conformsAs("the wiring socket, of a daemon that the agent reaches over TCP", () => agent, {
  tag: "socket-there",
  dockerHost: /^host=unix:\/\/\/var\/run\/docker\.sock$/m,
  tls: false,
  sharesFiles: true,
  engine: () => engine,
});

conformsAs("the wiring tcp with TLS, to the agent's own daemon", () => agent, {
  tag: "all-remote",
  dockerHost: /^host=tcp:\/\/[\d.]+:2376$/m,
  tls: true,
  sharesFiles: true,
  engine: () => remoteEngine,
});

describe("the wiring tcp", () => {
  const failed = async (tag: string) => {
    const { job, log } = await agent.run({ image: images.docker, script: ["echo never"] }, tag);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).not.toContain("never");
    expect(log.match(/^ERROR: .*/gm)).toHaveLength(1);
    return log;
  };

  it("fails the job before its script when the daemon's certificate is not of the authority given", async () => {
    const log = await failed("other-ca");
    expect(log).toMatch(/the Docker daemon tcp:\S+ can't be reached from the job: .*certificate/);
    expect(log).toMatch(/on the runner: .*tls_cert_path/);
  });

  it("fails the job before its script when nobody answers", async () => {
    const log = await failed("nobody");
    expect(log).toMatch(/the Docker daemon tcp:\S+:9 can't be reached from the job: /);
    expect(log).toMatch(/on the runner: .*address in \[runners\.docker\.daemon\]/);
  });

  it("fails the job when the certificates aren't there, and names the file", async () => {
    const log = await failed("no-certificates");
    expect(log).toMatch(/cannot read the Docker client certificate .*nowhere\/ca\.pem/);
  });
});

describe("the agent's own daemon", () => {
  it("has nothing of the jobs left on it", async () => {
    const empty = { containers: [], networks: [], volumes: [] };
    await expect.poll(() => objectsOf(remoteEngine, agent.agentId), { timeout: 30_000 }).toMatchObject(empty);
  });

  it("that dies under a job, and stays away, makes it a system failure with the reason", async () => {
    const job = await agent.start({ script: ["echo it runs; sleep 1000"], afterScript: ["echo never"] }, "all-remote");
    await agent.shows(job, "\nit runs\n");
    await remote.stop();
    const { log } = await agent.ended(job);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log.match(/^ERROR: .*/gm)).toEqual([
      expect.stringMatching(/system failure\): the connection to the Docker daemon at \S+ was lost/),
    ]);
  });
});
