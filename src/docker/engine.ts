import type Docker from "dockerode";
import { call } from "./call.ts";

/** A client of one Docker daemon; made by src/daemon/connect.ts. */
export type Engine = Docker;

/** What the agent needs to know about a daemon. */
export interface EngineFacts {
  /** Its own, and no other daemon's; "" when it doesn't say. */
  readonly id: string;
  readonly name: string;
  readonly serverVersion: string;
  readonly apiVersion: string;
  /** The oldest API that it still speaks; clients that are older get an error. */
  readonly minApiVersion: string;
  readonly architecture: string;
  readonly osType: string;
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly storageDriver: string;
  /** "1" or "2"; "" when it doesn't say. */
  readonly cgroupVersion: string;
  readonly rootless: boolean;
  /** True when containers outlive the daemon (`live-restore`). */
  readonly liveRestore: boolean;
  readonly selinux: boolean;
  readonly registryMirrors: readonly string[];
  /** Names (`registry.test:5000`) and networks (`10.0.0.0/8`) of registries that it trusts unseen, as its admin wrote them. */
  readonly insecureRegistries: readonly string[];
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY that it pulls with; only those that are set. */
  readonly proxy: Readonly<Record<string, string>>;
}

const factsLimitMs = 30_000;

/** Asks the daemon who it is. */
export async function readFacts(engine: Engine, signal: AbortSignal): Promise<EngineFacts> {
  const [info, version] = await call("ask the Docker daemon for its version", signal, factsLimitMs, (abortSignal) =>
    Promise.all([
      engine.info({ abortSignal } as never) as unknown as Promise<Answer>,
      engine.version({ abortSignal } as never) as unknown as Promise<Answer>,
    ]),
  );
  return factsOf(info, version);
}

type Answer = Readonly<Record<string, unknown>>;

/** Reads the answers to GET /info and GET /version. Pure. */
export function factsOf(info: Answer, version: Answer): EngineFacts {
  const registries = (info["RegistryConfig"] ?? {}) as RegistryConfig;
  const security = (info["SecurityOptions"] ?? []) as readonly string[];
  const hasSecurity = (name: string) => security.some((option) => option.split(",").includes(`name=${name}`));
  return {
    id: text(info["ID"]),
    name: text(info["Name"]),
    serverVersion: text(version["Version"]),
    apiVersion: text(version["ApiVersion"]),
    minApiVersion: text(version["MinAPIVersion"]),
    architecture: text(info["Architecture"]),
    osType: text(info["OSType"]),
    cpus: Number(info["NCPU"] ?? 0),
    memory: Number(info["MemTotal"] ?? 0),
    storageDriver: text(info["Driver"]),
    cgroupVersion: text(info["CgroupVersion"]),
    rootless: hasSecurity("rootless"),
    liveRestore: info["LiveRestoreEnabled"] === true,
    selinux: hasSecurity("selinux"),
    registryMirrors: registries.Mirrors ?? [],
    insecureRegistries: insecureOf(registries),
    proxy: proxyOf(info),
  };
}

interface RegistryConfig {
  readonly Mirrors?: readonly string[] | null;
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Name?: string; readonly Secure?: boolean }>> | null;
}

/** Every daemon trusts these. */
const insecureByDefault = ["127.0.0.0/8", "::1/128"];

function insecureOf({ InsecureRegistryCIDRs: networks, IndexConfigs: indexes }: RegistryConfig): string[] {
  const names = Object.entries(indexes ?? {}).flatMap(([name, { Secure }]) => (Secure === false ? [name] : []));
  return [...names, ...(networks ?? []).filter((network) => !insecureByDefault.includes(network))];
}

function proxyOf(info: Answer): Record<string, string> {
  const entries = [
    ["HTTP_PROXY", text(info["HttpProxy"])],
    ["HTTPS_PROXY", text(info["HttpsProxy"])],
    ["NO_PROXY", text(info["NoProxy"])],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
