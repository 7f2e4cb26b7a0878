import type Docker from "dockerode";
import { call } from "./call.ts";

/** A client of one Docker daemon; made by src/daemon/connect.ts. */
export type Engine = Docker;

/** What the agent needs to know about a daemon. */
export interface EngineFacts {
  readonly name: string;
  readonly serverVersion: string;
  readonly apiVersion: string;
  readonly architecture: string;
  readonly osType: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly storageDriver: string;
  readonly registryMirrors: readonly string[];
}

const factsLimitMs = 30_000;

/** Asks the daemon who it is. */
export async function readFacts(engine: Engine, signal: AbortSignal): Promise<EngineFacts> {
  const [info, version] = await call("ask the Docker daemon for its version", signal, factsLimitMs, (abortSignal) =>
    Promise.all([
      engine.info({ abortSignal } as never) as unknown as Promise<Record<string, unknown>>,
      engine.version({ abortSignal } as never) as unknown as Promise<Record<string, unknown>>,
    ]),
  );
  const mirrors = (info["RegistryConfig"] as { Mirrors?: string[] | null } | undefined)?.Mirrors;
  return {
    name: text(info["Name"]),
    serverVersion: text(version["Version"]),
    apiVersion: text(version["ApiVersion"]),
    architecture: text(info["Architecture"]),
    osType: text(info["OSType"]),
    cpus: Number(info["NCPU"] ?? 0),
    memory: Number(info["MemTotal"] ?? 0),
    storageDriver: text(info["Driver"]),
    registryMirrors: mirrors ?? [],
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
