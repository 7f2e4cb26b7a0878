import { type DaemonContribution, noContribution } from "../daemon/contribution.ts";
import { contribute } from "../daemon/wiring.ts";
import type { PlanInput } from "./plan-input.ts";
import { serviceNames } from "./plan-services.ts";
import { configurationRefusal } from "./refusal.ts";
import { fromEnvironment, type Variables } from "./variables.ts";

export interface PlannedWiring {
  readonly contribution: DaemonContribution;
  readonly warnings: readonly string[];
}

/**
 * What the wiring adds to this job. Nothing when the job brings a service under the sidecar's name: its variables and
 * certificates would fit neither daemon.
 *
 * @param variables the job's, without those of the wiring
 * @param mtu of the job's network; null for the daemon's default
 */
export function planWiring(
  input: PlanInput,
  variables: Variables,
  volumeBase: string,
  mtu: number | null,
): PlannedWiring {
  const { docker, environment } = input.runner;
  const contribution = contribute(input.wiring, {
    jobId: input.payload.id,
    suffix: input.suffix,
    volumeBase,
    mtu,
    registryMirrors: input.registryMirrors,
    dns: docker.dns,
    dnsSearch: docker.dns_search,
    proxy: proxySettings(environment),
  });
  const { sidecar } = contribution;
  if (sidecar !== null) {
    if (serviceNames(input, variables).includes(sidecar.alias)) {
      const warning = `The job brings a service "${sidecar.alias}" of its own, so the runner's own Docker daemon is not started.`;
      return { contribution: noContribution, warnings: [warning] };
    }
    requireNames(docker.network_mode);
  }
  return {
    contribution: { ...contribution, variables: fittingVariables(contribution.variables, variables) },
    warnings: [],
  };
}

/** True where the job's containers get a network of their own instead of the daemon's default. */
export function isDefaultNetwork(mode: string): boolean {
  return mode === "" || mode === "bridge" || mode === "default";
}

/** True for a network that exists already, where containers find each other by name. */
export function isNamedNetwork(mode: string): boolean {
  return !isDefaultNetwork(mode) && mode !== "host" && mode !== "none" && !mode.startsWith("container:");
}

/** A sidecar is reached by its name, which none of these networks resolves; on `host` it would also meddle with the host's firewall. */
function requireNames(mode: string): void {
  if (mode !== "host" && mode !== "none" && !mode.startsWith("container:")) return;
  throw configurationRefusal(
    "CONFIG_DIND_NETWORK",
    `wiring = "dind" can't work with network_mode = "${mode}": the job would not find its Docker daemon`,
    "remove network_mode from [runners.docker], or name a network there",
    "admin",
  );
}

/** A DOCKER_HOST of the admin's or the job's own may speak of another daemon: what we know of ours doesn't hold for it. */
function fittingVariables(own: Readonly<Record<string, string>>, others: Variables): Readonly<Record<string, string>> {
  const address = (text: string | undefined) => (text ?? "").replace(/\/+$/, "");
  const isOurs = !others.has("DOCKER_HOST") || address(others.get("DOCKER_HOST")) === address(own["DOCKER_HOST"]);
  if (isOurs) return own;
  return Object.fromEntries(Object.entries(own).filter(([key]) => key === "COMPOSE_PROJECT_NAME"));
}

const proxyNames = ["http_proxy", "https_proxy", "no_proxy"];

function proxySettings(environment: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fromEnvironment(environment)
      .filter((variable) => proxyNames.includes(variable.key.toLowerCase()))
      .map((variable) => [variable.key, variable.value]),
  );
}
