import type { Daemon } from "../daemon/daemons.ts";
import { smallMtu } from "../daemon/network-mtu.ts";
import { networkFacts } from "../docker/network.ts";
import { isNamedNetwork } from "../job/plan-wiring.ts";
import type { Surroundings } from "../job/surroundings.ts";

/** It only asks the daemon's own state. */
const lookLimitMs = 10_000;

/**
 * What a job's plan takes from the daemon that runs it.
 *
 * @param networkMode of config.toml: on a network that is there already its MTU counts as well
 */
export async function surroundingsOf(daemon: Daemon, networkMode: string): Promise<Surroundings> {
  const { facts, engine } = daemon;
  const [network] = await Promise.all([
    isNamedNetwork(networkMode) ? networkFacts(engine, networkMode, AbortSignal.timeout(lookLimitMs)) : null,
    daemon.learnMore(),
  ]);
  return {
    networkMtu: smallMtu(daemon.networkMtu, network?.mtu ?? null),
    registryMirrors: facts.registryMirrors,
    insecureRegistries: facts.insecureRegistries,
    proxy: facts.proxy,
    hostAddress: daemon.hostAddress,
  };
}
