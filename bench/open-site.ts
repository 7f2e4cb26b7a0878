import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { existsSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { parseDaemonAddress } from "../src/daemon/address.ts";
import { readDockerCertificates } from "../src/daemon/certificate-files.ts";
import { connectDocker } from "../src/daemon/connect.ts";
import type { Engine } from "../src/docker/engine.ts";
import { bridgeGateway } from "../src/docker/network.ts";
import type { Contestant } from "./agent-process.ts";
import type { BenchOptions } from "./command-line.ts";
import { dockerCli } from "./docker-cli.ts";
import { forgetFloors } from "./leftovers.ts";
import { ourName, type Site } from "./site.ts";

const labelKey = "dev.longshore.bench";
const askLimitMs = 30_000;

export interface OpenSite extends Site, AsyncDisposable {}

/** Finds the engine that DOCKER_HOST names and what else a bench needs; disposing of it leaves nothing behind. */
export async function openSite(
  project: string,
  options: BenchOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<OpenSite> {
  await using opened = new AsyncDisposableStack();
  const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
  const tlsVerify = Boolean(process.env["DOCKER_TLS_VERIFY"]);
  const certPath = process.env["DOCKER_CERT_PATH"] ?? "";
  const address = { host, tlsVerify, certPath };
  const engine = connectDocker(
    parseDaemonAddress(host, tlsVerify),
    tlsVerify ? await readDockerCertificates(certPath) : null,
  );
  const gateway = await bridgeGateway(engine, AbortSignal.any([signal, AbortSignal.timeout(askLimitMs)]));
  if (gateway === null)
    throw new Error("the engine has no default bridge, over which jobs would reach the coordinator");
  const images = JSON.parse(await readFile(join(project, ".cache", "images.json"), "utf8")) as Site["images"];
  const directory = await mkdtemp(join(tmpdir(), "longshore-bench-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const label = `${labelKey}=${randomBytes(6).toString("hex")}`;
  opened.defer(() => forgetFloors(engine, label));
  const cli = onPath("docker") ?? (await cliOfImage(engine, images.docker, label, join(directory, "docker")));
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_CLI_HINTS: "false" };
  const all = opened.move();
  return {
    address,
    engine,
    docker: dockerCli(cli, env, signal),
    label: ["--label", label],
    images,
    gateway,
    contestants: contestants(project, images, options),
    runs: options.runs,
    directory,
    signal,
    say,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

function contestants(project: string, images: Site["images"], { runner }: BenchOptions): Contestant[] {
  const ours: Contestant = {
    name: ourName,
    command: join(project, "bin", "longshore"),
    helperImage: images.helper,
    directoryFlag: "--state-dir",
  };
  if (runner === null) return [ours];
  const other: Contestant = {
    name: basename(runner.path),
    command: runner.path,
    helperImage: runner.helperImage,
    directoryFlag: "--working-directory",
  };
  return [ours, other];
}

function onPath(name: string): string | undefined {
  const places = (process.env["PATH"] ?? "").split(delimiter).filter((place) => place !== "");
  return places.map((place) => join(place, name)).find((path) => existsSync(path));
}

/** Takes the client out of the image that has one. */
async function cliOfImage(engine: Engine, image: string, label: string, target: string): Promise<string> {
  const [key = "", value = ""] = label.split("=");
  const container = await engine.createContainer({ Image: image, Cmd: ["true"], Labels: { [key]: value } });
  try {
    const archive = extract();
    const writing = (async () => {
      for await (const entry of archive) await writeFile(target, entry as AsyncIterable<Buffer>);
    })();
    await pipeline(await container.getArchive({ path: "/usr/bin/docker" }), archive);
    await writing;
    await chmod(target, 0o755);
    return target;
  } finally {
    await container.remove({ force: true });
  }
}
