import type { WiringContext } from "../daemon/contribution.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { ulimitsOf } from "../job/host-settings.ts";
import { isNamedNetwork } from "../job/plan-wiring.ts";
import type { DoctorContext } from "./doctor-context.ts";

/** What a wiring is told of a job, for one that doesn't exist. */
export function wiringContext({ runner, suffix }: DoctorContext, volumeBase: string, daemon: Daemon): WiringContext {
  const { docker } = runner;
  return {
    jobId: 0,
    suffix,
    volumeBase,
    mtu: docker.network_mtu > 0 ? docker.network_mtu : daemon.networkMtu,
    registryMirrors: daemon.facts.registryMirrors,
    insecureRegistries: daemon.facts.insecureRegistries,
    dns: docker.dns,
    dnsSearch: docker.dns_search,
    ulimits: ulimitsOf(docker).map(({ name, soft, hard }) => `${name}=${soft}:${hard}`),
    proxy: [],
    hostAddress: daemon.hostAddress,
    sharedNetwork: isNamedNetwork(docker.network_mode),
  };
}
