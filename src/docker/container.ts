import { type Duplex, Readable } from "node:stream";
import { pack } from "tar-stream";
import type { ContainerSpec } from "../job/plan.ts";
import { call, quickCallMs } from "./call.ts";
import { containerOptions, type ContainerNetwork } from "./convert.ts";
import { createOptions } from "./create-options.ts";
import type { Engine } from "./engine.ts";
import { isConflict, isDockerError, isUnchanged } from "./errors.ts";
import { persistentCall } from "./persistent-call.ts";

/** Creating can wait for a slow disk under many containers. */
const createLimitMs = 180_000;
const startLimitMs = 180_000;

/** Makes a container and returns its id. `image` is what the daemon resolved the spec's image to. */
export async function createContainer(
  engine: Engine,
  spec: ContainerSpec,
  image: string,
  network: ContainerNetwork,
  signal: AbortSignal,
): Promise<string> {
  const { name = "", platform = "", ...body } = containerOptions(spec, image, network);
  const query = platform === "" ? { name } : { name, platform };
  const create = async (abortSignal: AbortSignal, attempt: number): Promise<string> => {
    try {
      return (await engine.createContainer(createOptions(body, query, abortSignal))).id;
    } catch (error) {
      const made = attempt > 1 && isConflict(error) ? await findOwn(engine, spec, abortSignal) : null;
      if (made === null) throw error;
      return made;
    }
  };
  return persistentCall(`create container ${spec.name}`, signal, createLimitMs, create);
}

/** The container that was made although the answer was lost: its name and all its labels are random enough. */
async function findOwn(engine: Engine, spec: ContainerSpec, abortSignal: AbortSignal): Promise<string | null> {
  const found = await engine.getContainer(spec.name).inspect({ abortSignal });
  const isOwn = Object.entries(spec.labels).every(([key, value]) => found.Config.Labels[key] === value);
  return isOwn ? found.Id : null;
}

/**
 * Connects to a container's standard streams. Attach before start, or the first output is lost. The returned stream
 * carries frames for src/docker/demux.ts; what is written to it reaches the container's stdin.
 */
export async function attachContainer(engine: Engine, id: string, signal: AbortSignal): Promise<Duplex> {
  const stream = await persistentCall("attach to the container", signal, quickCallMs, (abortSignal) =>
    engine
      .getContainer(id)
      .attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true, abortSignal }),
  );
  return stream as Duplex;
}

export async function startContainer(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  await persistentCall("start the container", signal, startLimitMs, async (abortSignal, attempt) => {
    try {
      await engine.getContainer(id).start({ abortSignal });
    } catch (error) {
      // Started by the try before, whose answer was lost.
      if (attempt === 1 || !isUnchanged(error)) throw error;
    }
  });
}

/** Resolves with the exit code when the container's current run has ended. */
export async function waitContainer(engine: Engine, id: string, signal: AbortSignal): Promise<number> {
  const result = await call("wait for the container", signal, null, (abortSignal) =>
    engine.getContainer(id).wait({ abortSignal }),
  );
  return (result as { StatusCode: number }).StatusCode;
}

/**
 * Resolves with the exit code of a container that is to be started now, also when the daemon removes it at its end. One
 * that ended before the daemon heard of it is not found.
 */
export async function waitNextExit(engine: Engine, id: string, signal: AbortSignal): Promise<number> {
  const result = await call("wait for the container", signal, null, (abortSignal) =>
    engine.getContainer(id).wait({ condition: "next-exit", abortSignal }),
  );
  return (result as { StatusCode: number }).StatusCode;
}

/** Ends whatever runs in a container, and starts its main process anew; also one that has stopped. */
export async function restartContainer(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  await persistentCall("restart the container", signal, startLimitMs, (abortSignal) =>
    engine.getContainer(id).restart({ t: 0, abortSignal }),
  );
}

/** SIGTERM, then SIGKILL after `graceSeconds`. A container that is gone or has stopped counts as stopped. */
export async function stopContainer(
  engine: Engine,
  id: string,
  graceSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    await persistentCall("stop the container", signal, (graceSeconds + 60) * 1000, (abortSignal) =>
      engine.getContainer(id).stop({ t: graceSeconds, abortSignal }),
    );
  } catch (error) {
    // 304 (already stopped) reaches us as an error of the client, 404 means that someone removed it.
    if (isUnchanged(error) || isDockerError(error, "not-found")) return;
    throw error;
  }
}

/** Kills and removes a container with its anonymous volumes. One that is gone counts as removed. */
export async function removeContainer(
  engine: Engine,
  id: string,
  keepVolumes: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await persistentCall("remove the container", signal, quickCallMs, (abortSignal) =>
      engine.getContainer(id).remove({ force: true, v: !keepVolumes, abortSignal }),
    );
  } catch (error) {
    if (isDockerError(error, "not-found")) return;
    // Another removal of the same container is under way.
    if (isDockerError(error, "conflict")) return;
    throw error;
  }
}

export interface ContainerState {
  readonly running: boolean;
  /** Somebody removes it at this moment. */
  readonly removing: boolean;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly error: string;
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
  /** When its last run began and ended, in milliseconds since the epoch by the daemon's clock; negative when it never has. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly ipAddresses: readonly string[];
  /** Of the image, or of whoever made it; empty for none. */
  readonly entrypoint: readonly string[];
  /** "" when the image has no HEALTHCHECK. */
  readonly health: "" | "starting" | "healthy" | "unhealthy";
  /** Exposed TCP ports, ascending. */
  readonly tcpPorts: readonly number[];
  /** `KEY=value`, the image's among them. */
  readonly env: readonly string[];
}

export async function inspectContainer(engine: Engine, id: string, signal: AbortSignal): Promise<ContainerState> {
  const info = await persistentCall("inspect the container", signal, quickCallMs, (abortSignal) =>
    engine.getContainer(id).inspect({ abortSignal }),
  );
  const health = (info.State as { Health?: { Status?: string } }).Health?.Status ?? "";
  return {
    running: info.State.Running,
    removing: ["removing", "dead"].includes(info.State.Status),
    exitCode: info.State.ExitCode,
    oomKilled: info.State.OOMKilled,
    error: info.State.Error,
    memoryLimit: info.HostConfig.Memory ?? 0,
    startedAt: Date.parse(info.State.StartedAt),
    finishedAt: Date.parse(info.State.FinishedAt),
    ipAddresses: Object.values(info.NetworkSettings.Networks)
      .map((network) => network.IPAddress)
      .filter((address) => address !== ""),
    entrypoint: [info.Config.Entrypoint ?? []].flat(),
    health: health === "none" ? "" : (health as ContainerState["health"]),
    tcpPorts: Object.keys(info.Config.ExposedPorts ?? {})
      .filter((port) => port.endsWith("/tcp"))
      .map((port) => Number.parseInt(port, 10))
      .sort((a, b) => a - b),
    env: info.Config.Env ?? [],
  };
}

/** The last lines that a container printed, both streams, at most `tail` of them, as framed bytes for demux. */
export async function containerLogs(engine: Engine, id: string, tail: number, signal: AbortSignal): Promise<Readable> {
  const bytes = await persistentCall("read the container's log", signal, quickCallMs, (abortSignal) =>
    engine.getContainer(id).logs({ follow: false, stdout: true, stderr: true, tail, abortSignal }),
  );
  return Readable.from([bytes]);
}

/** Puts files into a container (running or not); volumes mounted in it are written through. Directories are created. */
export async function putFiles(
  engine: Engine,
  id: string,
  directory: string,
  files: readonly { readonly path: string; readonly content: string; readonly mode: number }[],
  signal: AbortSignal,
): Promise<void> {
  const archive = pack();
  for (const file of files) archive.entry({ name: file.path, mode: file.mode }, file.content);
  archive.finalize();
  await putArchive(engine, id, directory, archive as unknown as Readable, signal);
}

/** Unpacks a tar stream below `directory`, which must exist. */
export async function putArchive(
  engine: Engine,
  id: string,
  directory: string,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  await call(`put files into ${directory}`, signal, null, (abortSignal) =>
    engine.getContainer(id).putArchive(
      archive as unknown as NodeJS.ReadableStream,
      {
        path: directory,
        noOverwriteDirNonDir: false as unknown as string,
        abortSignal,
      } as never,
    ),
  );
}

/** A tar stream of `path` (its base name is the first path element of every entry). */
export async function getArchive(engine: Engine, id: string, path: string, signal: AbortSignal): Promise<Readable> {
  const stream = await persistentCall(`read ${path}`, signal, quickCallMs, (abortSignal) =>
    engine.getContainer(id).getArchive({ path, abortSignal } as never),
  );
  return stream as unknown as Readable;
}

/** Whether a file or directory is there in a container. */
export async function pathExists(engine: Engine, id: string, path: string, signal: AbortSignal): Promise<boolean> {
  try {
    await persistentCall(`look for ${path}`, signal, quickCallMs, (abortSignal) =>
      engine.getContainer(id).infoArchive({ path, abortSignal } as never),
    );
    return true;
  } catch (error) {
    if (isDockerError(error, "not-found")) return false;
    throw error;
  }
}
