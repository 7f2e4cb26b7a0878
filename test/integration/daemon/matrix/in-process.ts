import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { startRemoteDaemon } from "../../../../demo/remote-daemon.ts";
import { readDockerCertificates } from "../../../../src/daemon/certificate-files.ts";
import { connectDocker } from "../../../../src/daemon/connect.ts";
import { parseDaemonAddress } from "../../../../src/daemon/address.ts";
import type { Engine } from "../../../../src/docker/engine.ts";
import { agentLabel } from "../../../../src/job/labels.ts";
import { startTestAgent, type TestAgent, type TestRunner } from "../../../support/agent.ts";
import { startTestCoordinator } from "../../../support/coordinator.ts";
import { connectEngine, engineHost, hostAddress, images, objectsOf } from "../../../support/engine.ts";
import { startTcpFront } from "../../../support/tcp-front.ts";
import { Field } from "./field.ts";
import { nonRootImage } from "./non-root-image.ts";
import type { classic, wirings } from "./set-ups.ts";

type Tag = keyof typeof wirings | keyof typeof classic;

export interface Fields extends AsyncDisposable {
  readonly of: Readonly<Record<Tag, Field>>;
}

const wiring = (kind: string, lines = "") => `[runners.docker.daemon]\nwiring = "${kind}"\n${lines}\n`;
const dind = (lines: string) => wiring("dind", `image = "${images.dind}"\n${lines}`);

/** One agent in this process with a runner for each set-up. */
export async function startInProcess(): Promise<Fields> {
  await using cleanup = new AsyncDisposableStack();
  const engine = connectEngine();
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const name = `longshore-test-${directory.slice(-6)}`;
  const dindImage = images.dind;
  const remote = await startRemoteDaemon({ engine, name, dindImage, images: [images.docker], directory, mtu: null });
  cleanup.defer(() => engine.getVolume(`${name}-data`).remove());
  cleanup.defer(() => remote.stop());
  const there = connectDocker(parseDaemonAddress(remote.host, true), await readDockerCertificates(remote.certificates));
  const address = await hostAddress(engine);
  const socketPath = engineHost.replace("unix://", "");
  const front = cleanup.use(await startTcpFront(address, socketPath));
  const coordinator = cleanup.use(await startTestCoordinator({ listen: [`${address}:0`] }));

  const tls = `tls_verify = true\ntls_cert_path = "${remote.certificates}"`;
  const runners: Readonly<Record<Tag, TestRunner>> = {
    socket: { hostBuilds: true, docker: wiring("socket") },
    "dind-tls": { docker: dind("") },
    "dind-plain": { docker: dind("tls = false") },
    tcp: { hostBuilds: true, host: front.address, docker: wiring("tcp") },
    "tcp-tls": {
      host: remote.host,
      image: images.docker,
      helperImage: images.docker,
      docker: `${tls}\n${wiring("tcp")}`,
    },
    "tcp-tls-elsewhere": { docker: wiring("tcp", `address = "${remote.host}"\n${tls}`) },
    "classic-socket": { hostBuilds: true, docker: `volumes = ["${socketPath}:/var/run/docker.sock", "/cache"]` },
    "classic-dind-tls": { docker: `privileged = true\nvolumes = ["/certs/client", "/cache"]` },
    "classic-dind-plain": { docker: `privileged = true\nvolumes = ["/cache"]` },
  };
  const tags = Object.keys(runners) as Tag[];
  cleanup.defer(async () => {
    const { containers, networks, volumes } = await objectsOf(there, agent.agentId);
    expect([containers, networks, volumes]).toEqual([[], [], []]);
  });
  const agent: TestAgent = cleanup.use(
    await startTestAgent({ coordinator, concurrent: 6, runners: tags.map((tag) => ({ tag, ...runners[tag] })) }),
  );

  const nonRoot = cleanup.use(await nonRootImage(engine)).name;
  const nonRootThere = cleanup.use(await nonRootImage(there)).name;
  const ofAgent = `${agentLabel}=${agent.agentId}`;
  const field = (tag: Tag, shared: Engine | null, on = engine) =>
    new Field({ coordinator, tag, engine: on, shared, ofAgent, nonRoot: on === there ? nonRootThere : nonRoot });
  const of: Readonly<Record<Tag, Field>> = {
    socket: field("socket", engine),
    "dind-tls": field("dind-tls", null),
    "dind-plain": field("dind-plain", null),
    tcp: field("tcp", engine),
    "tcp-tls": field("tcp-tls", there, there),
    "tcp-tls-elsewhere": field("tcp-tls-elsewhere", there),
    "classic-socket": field("classic-socket", engine),
    "classic-dind-tls": field("classic-dind-tls", null),
    "classic-dind-plain": field("classic-dind-plain", null),
  };
  const owned = cleanup.move();
  return { of, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
