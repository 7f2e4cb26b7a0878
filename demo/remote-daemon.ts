import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { extract } from "tar-stream";
import { readDockerCertificates } from "../src/daemon/certificate-files.ts";
import { connectDocker } from "../src/daemon/connect.ts";
import type { Engine } from "../src/docker/engine.ts";

/** A Docker daemon "elsewhere": a long-lived dind that speaks TLS, with the demo's images in it. */
export interface RemoteDaemon {
  readonly host: string;
  readonly certificates: string;
  stop(): Promise<void>;
}

const readyLimitMs = 60_000;
const pauseMs = 100;

export interface RemoteDaemonOptions {
  readonly engine: Engine;
  /** Of the container; its data volume is called NAME-data, and stays when the daemon is stopped: images are loaded once. */
  readonly name: string;
  readonly dindImage: string;
  readonly images: readonly string[];
  /** The client's certificates are put below it. */
  readonly directory: string;
  readonly mtu: number | null;
}

export async function startRemoteDaemon(options: RemoteDaemonOptions): Promise<RemoteDaemon> {
  const { engine, name, dindImage, images, directory, mtu } = options;
  await remove(engine, name);
  const container = await engine.createContainer({
    name,
    Image: dindImage,
    Cmd: mtu === null ? [] : [`--mtu=${mtu}`],
    Env: ["DOCKER_TLS_CERTDIR=/certs"],
    Labels: { "dev.longshore.demo": "true" },
    HostConfig: { Privileged: true, Binds: [`${name}-data:/var/lib/docker`] },
  });
  await container.start();
  const address = Object.values((await container.inspect()).NetworkSettings.Networks)[0]?.IPAddress ?? "";
  const host = `tcp://${address}:2376`;
  const certificates = join(directory, "certs");
  // Its entrypoint makes the certificates file by file, so they are read again until the daemon takes them.
  const remote = await waitUntil(async () => {
    await copyCertificates(
      (await container.getArchive({ path: "/certs/client" })) as unknown as Readable,
      certificates,
    );
    const candidate = connectDocker(
      { kind: "tcp", host: address, port: 2376, tls: true },
      await readDockerCertificates(certificates),
    );
    await candidate.ping();
    return candidate;
  });
  for (const image of images) await copyImage(engine, remote, image);
  return { host, certificates, stop: () => remove(engine, name) };
}

async function copyImage(from: Engine, to: Engine, image: string): Promise<void> {
  const there = await to
    .getImage(image)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (there) return;
  const answer = await to.loadImage(await from.getImage(image).get(), { quiet: true });
  for await (const _ of answer as unknown as Readable);
}

async function copyCertificates(archive: Readable, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = archive.pipe(extract());
  for await (const file of files) {
    const base = file.header.name.split("/").at(-1) ?? "";
    const pieces: Buffer[] = [];
    for await (const piece of file) pieces.push(piece as Buffer);
    if (file.header.type === "file") await writeFile(join(directory, base), Buffer.concat(pieces), { mode: 0o600 });
  }
}

async function remove(engine: Engine, name: string): Promise<void> {
  await engine
    .getContainer(name)
    .remove({ force: true, v: true })
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 404) throw error;
    });
}

async function waitUntil<T>(attempt: () => Promise<T>): Promise<T> {
  const limit = AbortSignal.timeout(readyLimitMs);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (limit.aborted) throw error;
    }
    await pause(pauseMs);
  }
}
