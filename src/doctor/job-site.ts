import type { RunnerConfig } from "../config/schema.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import { jobHostSettings } from "../job/host-settings.ts";
import type { ContainerSpec } from "../job/plan.ts";
import { isDefaultNetwork, isNamedNetwork } from "../job/plan-wiring.ts";
import { Bench, type Said } from "./bench.ts";

/** The probe's name on a network of its own. */
export const siteAlias = "longshore-doctor-probe";

/** A container of the helper image as a job's helper is made: its host settings, its network. */
export class JobSite {
  readonly container: string;
  readonly network: ContainerNetwork;
  /** MTU that was asked for; null for the daemon's default. */
  readonly askedMtu: number | null;
  readonly #bench: Bench;

  private constructor(bench: Bench, container: string, network: ContainerNetwork, askedMtu: number | null) {
    this.#bench = bench;
    this.container = container;
    this.network = network;
    this.askedMtu = askedMtu;
  }

  /** True on a network that was made as it is made for a job. */
  get hasOwnNetwork(): boolean {
    return this.network.kind === "named" && this.network.name === this.#bench.name;
  }

  static async open(
    bench: Bench,
    runner: RunnerConfig,
    image: string,
    networkMtu: number | null,
    signal: AbortSignal,
  ): Promise<JobSite> {
    const { docker } = runner;
    const mtu = docker.network_mtu > 0 ? docker.network_mtu : networkMtu;
    const network: ContainerNetwork = isDefaultNetwork(docker.network_mode)
      ? { kind: "named", name: await bench.network({ mtu, enableIpv6: docker.enable_ipv6 }, signal) }
      : isNamedNetwork(docker.network_mode)
        ? { kind: "named", name: docker.network_mode }
        : { kind: "mode", mode: docker.network_mode };
    const spec = { ...probeSpec(bench, runner, image, "probe"), aliases: [siteAlias] };
    return new JobSite(bench, await bench.container(spec, network, signal), network, mtu);
  }

  run(script: string, args: readonly string[], signal: AbortSignal): Promise<Said> {
    return this.#bench.run(this.container, script, args, signal);
  }
}

/** A container that waits for commands, with what config.toml says of a job's containers, but without privileges. */
export function probeSpec(bench: Bench, runner: RunnerConfig, image: string, role: string): ContainerSpec {
  return {
    name: `${bench.name}-${role}`,
    image,
    pullPolicies: [],
    platform: "",
    hostname: "",
    user: "0",
    workingDir: "",
    ...Bench.waiting,
    env: runner.environment,
    labels: {},
    binds: [],
    host: jobHostSettings(runner.docker, { slotCgroup: "", serviceSlotCgroup: "", init: false }, false, false),
    aliases: [],
    stdin: false,
  };
}
