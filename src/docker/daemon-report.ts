import { call } from "./call.ts";
import type { Engine } from "./engine.ts";
import type { RegistryCredentials } from "./registry-auth.ts";

/** What a daemon says of itself and its host beside what every job needs to know (EngineFacts). */
export interface DaemonReport {
  /** Path on the daemon's host. */
  readonly rootDir: string;
  readonly cgroupDriver: string;
  readonly canLimitMemory: boolean;
  readonly canLimitCpu: boolean;
  /** Where it takes networks' addresses from; null for Docker's own choice. */
  readonly addressPools: readonly AddressPool[] | null;
}

export interface AddressPool {
  /** CIDR. */
  readonly base: string;
  /** Prefix length of each network. */
  readonly size: number;
}

const reportLimitMs = 30_000;

export async function readDaemonReport(engine: Engine, signal: AbortSignal): Promise<DaemonReport> {
  const info = await readInfo(engine, signal);
  const pools = info["DefaultAddressPools"] as readonly { Base?: string; Size?: number }[] | null | undefined;
  return {
    rootDir: text(info["DockerRootDir"]),
    cgroupDriver: text(info["CgroupDriver"]),
    canLimitMemory: info["MemoryLimit"] !== false,
    canLimitCpu: info["CpuCfsQuota"] !== false,
    addressPools: pools?.map(({ Base = "", Size = 0 }) => ({ base: Base, size: Size })) ?? null,
  };
}

/** What time it is there, in milliseconds since the epoch; NaN when it doesn't say. Its objects' ages count from there. */
export async function readDaemonClock(engine: Engine, signal: AbortSignal): Promise<number> {
  return Date.parse(text((await readInfo(engine, signal))["SystemTime"]));
}

function readInfo(engine: Engine, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  return call(
    "ask the Docker daemon about itself",
    signal,
    reportLimitMs,
    (abortSignal) => engine.info({ abortSignal } as never) as unknown as Promise<Record<string, unknown>>,
  );
}

/** The IPv4 subnets that the daemon's networks have, as CIDR. */
export async function usedSubnets(engine: Engine, signal: AbortSignal): Promise<string[]> {
  const networks = await call("list networks", signal, reportLimitMs, (abortSignal) =>
    engine.listNetworks({ abortSignal }),
  );
  return networks
    .flatMap(({ IPAM }) => IPAM?.Config ?? [])
    .map(({ Subnet }) => Subnet ?? "")
    .filter((subnet) => subnet !== "" && !subnet.includes(":"));
}

/** Asks the image's registry for it, through the daemon and without a pull. @throws DockerError with the registry's words */
export async function askRegistry(
  engine: Engine,
  reference: string,
  credentials: RegistryCredentials | null,
  signal: AbortSignal,
): Promise<void> {
  const options = credentials === null ? {} : { authconfig: { ...credentials } };
  await call(
    `ask the registry for ${reference}`,
    signal,
    reportLimitMs,
    () => engine.getImage(reference).distribution(options as never) as unknown as Promise<unknown>,
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
