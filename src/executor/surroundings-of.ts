import type { Daemon } from "../daemon/daemons.ts";
import { smallMtu } from "../daemon/network-mtu.ts";
import { networkFacts } from "../docker/network.ts";
import { isNamedNetwork } from "../job/plan-wiring.ts";
import type { Surroundings } from "../job/surroundings.ts";

/** It only asks the daemon's own state. */
const lookLimitMs = 10_000;
/** A job rather starts without the answer than waits for it any longer. */
const learnLimitMs = 1_500;

/**
 * What a job's plan takes from the daemon that runs it.
 *
 * @param networkMode of config.toml: on a network that is there already its MTU counts as well
 * @param signal the job's
 */
export async function surroundingsOf(daemon: Daemon, networkMode: string, signal: AbortSignal): Promise<Surroundings> {
  const { engine } = daemon;
  const within = (ms: number) => AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const [network] = await Promise.all([
    isNamedNetwork(networkMode) ? networkFacts(engine, networkMode, within(lookLimitMs)).catch(() => null) : null,
    daemon.learnMore(within(learnLimitMs)),
  ]);
  signal.throwIfAborted();
  const { facts } = daemon;
  return {
    networkMtu: smallMtu(daemon.networkMtu, network?.mtu ?? null),
    registryMirrors: facts.registryMirrors,
    insecureRegistries: facts.insecureRegistries,
    proxy: facts.proxy,
    hostAddress: daemon.hostAddress,
    apiVersion: facts.apiVersion,
  };
}
