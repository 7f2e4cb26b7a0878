import type { NetworkSpec } from "../job/plan.ts";
import { quickCallMs } from "./call.ts";
import { createOptions } from "./create-options.ts";
import type { Engine } from "./engine.ts";
import { isConflict, isDockerError } from "./errors.ts";
import { persistentCall } from "./persistent-call.ts";

/** Makes the job's own bridge network and returns its id. */
export async function createNetwork(engine: Engine, spec: NetworkSpec, signal: AbortSignal): Promise<string> {
  const options = {
    Name: spec.name,
    Driver: "bridge",
    CheckDuplicate: true,
    EnableIPv6: spec.enableIpv6,
    Labels: { ...spec.labels },
    Options: spec.mtu === null ? {} : { "com.docker.network.driver.mtu": String(spec.mtu) },
  };
  return persistentCall(`create network ${spec.name}`, signal, quickCallMs, async (abortSignal, attempt) => {
    try {
      return (await engine.createNetwork(createOptions(options, {}, abortSignal))).id;
    } catch (error) {
      // Made by the try before, whose answer was lost: the name is random.
      if (attempt === 1 || !isConflict(error)) throw error;
      const found = engine.getNetwork(spec.name).inspect({ abortSignal } as never) as unknown as Promise<{
        Id: string;
      }>;
      return (await found).Id;
    }
  });
}

/** Removes a network after cutting off whatever still hangs on it. One that is gone counts as removed. */
export async function removeNetwork(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const network = engine.getNetwork(id);
  try {
    await persistentCall("remove the network", signal, quickCallMs, (abortSignal) => network.remove({ abortSignal }));
  } catch (error) {
    if (isDockerError(error, "not-found")) return;
    if (!isDockerError(error, "forbidden") && !isDockerError(error, "conflict")) throw error;
    await detachAll(engine, id, signal);
    await persistentCall("remove the network", signal, quickCallMs, (abortSignal) => network.remove({ abortSignal }));
  }
}

async function detachAll(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const network = engine.getNetwork(id);
  const info = (await persistentCall(
    "inspect the network",
    signal,
    quickCallMs,
    (abortSignal) => network.inspect({ abortSignal } as never) as unknown as Promise<unknown>,
  )) as { Containers?: Record<string, unknown> };
  for (const container of Object.keys(info.Containers ?? {})) {
    await persistentCall("detach a container from the network", signal, quickCallMs, (abortSignal) =>
      network.disconnect({ Container: container, Force: true, abortSignal }),
    );
  }
}

/** The host's address on the default bridge: how containers reach a server on the daemon's host. null without one. */
export async function bridgeGateway(engine: Engine, signal: AbortSignal): Promise<string | null> {
  const gateway = gatewayOf(await inspectNetwork(engine, "bridge", signal));
  return gateway === "" ? null : gateway;
}

/**
 * When the daemon was started: it makes its default bridge anew each time. Milliseconds since the epoch by its own
 * clock; null when it has no such network.
 */
export async function daemonStartedAt(engine: Engine, signal: AbortSignal): Promise<number | null> {
  try {
    const { Created = "" } = await inspectNetwork(engine, "bridge", signal);
    const created = Date.parse(Created);
    return Number.isNaN(created) ? null : created;
  } catch (error) {
    if (isDockerError(error, "not-found")) return null;
    throw error;
  }
}

export interface NetworkFacts {
  /** As it was made; null when it was given none. Of the default bridge: `mtu` in the daemon's configuration, which Docker hands to no other network. */
  readonly mtu: number | null;
  /** The host's address on it; "" without one. */
  readonly gateway: string;
  /** True for one that nothing leaves. */
  readonly isInternal: boolean;
}

/** What is known of a network that is there; nothing when it isn't, or the daemon doesn't tell. */
export async function networkFacts(engine: Engine, name: string, signal: AbortSignal): Promise<NetworkFacts> {
  try {
    const network = await inspectNetwork(engine, name, signal);
    const mtu = Number.parseInt(network.Options?.["com.docker.network.driver.mtu"] ?? "", 10);
    return { mtu: mtu > 0 ? mtu : null, gateway: gatewayOf(network), isInternal: network.Internal === true };
  } catch {
    signal.throwIfAborted();
    return { mtu: null, gateway: "", isInternal: false };
  }
}

interface InspectedNetwork {
  readonly Internal?: boolean;
  readonly Created?: string;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly IPAM?: { readonly Config?: readonly { Gateway?: string; Subnet?: string }[] | null };
}

async function inspectNetwork(engine: Engine, name: string, signal: AbortSignal): Promise<InspectedNetwork> {
  return (await persistentCall(
    `inspect network ${name}`,
    signal,
    quickCallMs,
    (abortSignal) => engine.getNetwork(name).inspect({ abortSignal } as never) as unknown as Promise<unknown>,
  )) as InspectedNetwork;
}

/** The host's address on a network; "" without one. */
function gatewayOf({ IPAM }: InspectedNetwork): string {
  return IPAM?.Config?.map(gatewayIn).find((address) => address !== "") ?? "";
}

/** Old daemons don't tell that of their default bridge: it is the subnet's first address. */
function gatewayIn({ Gateway = "", Subnet = "" }: { readonly Gateway?: string; readonly Subnet?: string }): string {
  if (Gateway !== "") return Gateway;
  const match = /^(\d+\.\d+\.\d+)\.(\d+)\/\d+$/.exec(Subnet);
  return match === null ? "" : `${match[1]}.${Number(match[2]) + 1}`;
}
