import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDaemonAddress } from "../../src/daemon/address.ts";
import { connectDocker } from "../../src/daemon/connect.ts";
import { call, quickCallMs } from "../../src/docker/call.ts";
import { removeContainer } from "../../src/docker/container.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { runExec } from "../../src/docker/exec.ts";
import { bridgeGateway } from "../../src/docker/network.ts";
import { type FoundObjects, findObjects } from "../../src/docker/sweep.ts";
import { removeVolume } from "../../src/docker/volume.ts";
import { agentLabel, jobLabel } from "../../src/job/labels.ts";

type ImageName = "base" | "helper" | "docker" | "dind" | "node" | "registry" | "python" | "s3" | "tiny" | "nonroot";

const cache = join(import.meta.dirname, "../../.cache");
const readJson = (name: string): unknown => JSON.parse(readFileSync(join(cache, name), "utf8"));

/** The images that tests run in, by what they stand for. */
export const images = readJson("images.json") as Readonly<Record<ImageName, string>>;

/** The engine under test, as DOCKER_HOST would say it. */
export const engineHost = process.env["DOCKER_HOST"] ?? (readJson("engine.json") as { host: string }).host;

const limitMs = 60_000;

export function connectEngine(host = engineHost): Engine {
  return connectDocker(parseDaemonAddress(host, false), null);
}

/** Where containers reach a server of this process. */
export async function hostAddress(engine: Engine): Promise<string> {
  const gateway = await bridgeGateway(engine, AbortSignal.timeout(limitMs));
  if (gateway === null) throw new Error("the engine has no default bridge");
  return gateway;
}

/** Everything on the engine that an agent has made. */
export function objectsOf(engine: Engine, agentId: string): Promise<FoundObjects> {
  return findObjects(engine, [`${agentLabel}=${agentId}`], AbortSignal.timeout(limitMs));
}

/** Ids of the containers of one job, of one kind: build, predefined, service. */
export async function containersOf(engine: Engine, agentId: string, jobId: number, type: string): Promise<string[]> {
  const labels = [`${agentLabel}=${agentId}`, `${jobLabel}=${jobId}`, `com.gitlab.gitlab-runner.type=${type}`];
  return [...(await findObjects(engine, labels, AbortSignal.timeout(limitMs))).containers];
}

/** As `docker rm -f` from outside. */
export function killContainer(engine: Engine, id: string): Promise<void> {
  return removeContainer(engine, id, false, AbortSignal.timeout(limitMs));
}

/** What the daemon says about a container. */
export function inspect(engine: Engine, id: string) {
  return call("inspect", AbortSignal.timeout(limitMs), quickCallMs, (abortSignal) =>
    engine.getContainer(id).inspect({ abortSignal }),
  );
}

/** Removes the volumes that an agent keeps from job to job. */
export async function removeReusable(engine: Engine, agentId: string): Promise<void> {
  const labels = [`${agentLabel}=${agentId}`, "com.gitlab.gitlab-runner.reusable=true"];
  const { volumes } = await findObjects(engine, labels, AbortSignal.timeout(limitMs));
  await Promise.all(volumes.map((name) => removeVolume(engine, name, AbortSignal.timeout(limitMs))));
}

/** Runs a command in a container and returns its output. */
export async function execute(engine: Engine, id: string, ...command: string[]): Promise<string> {
  let output = "";
  const spec = { command, env: [], user: "0", workingDir: "" };
  const collect = async ({ bytes }: { readonly bytes: Buffer }) => {
    output += bytes.toString();
  };
  await runExec(engine, id, spec, "", collect, AbortSignal.timeout(limitMs));
  return output;
}
