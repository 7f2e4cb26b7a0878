import { type DaemonContribution, noContribution } from "../daemon/contribution.ts";
import { contribute } from "../daemon/wiring.ts";
import { ulimitsOf } from "./host-settings.ts";
import type { PlanInput } from "./plan-input.ts";
import { proxyFor, withNames } from "./proxy.ts";
import { serviceNames } from "./plan-services.ts";
import { configurationRefusal } from "./refusal.ts";
import { fromEnvironment, type Variables } from "./variables.ts";

export interface PlannedWiring {
  readonly contribution: DaemonContribution;
  readonly warnings: readonly string[];
  /** Lines for the job's log. */
  readonly notices: readonly string[];
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
  const { surroundings } = input;
  const ofAdmin = proxySettings(environment);
  const names = input.wiring.kind === "dind" ? serviceNames(input, variables) : [];
  const contribution = contribute(input.wiring, {
    jobId: input.payload.id,
    suffix: input.suffix,
    sharedNetwork: isNamedNetwork(docker.network_mode) && !namesSidecar(input, variables),
    volumeBase,
    mtu,
    registryMirrors: surroundings.registryMirrors,
    insecureRegistries: surroundings.insecureRegistries,
    dns: docker.dns,
    dnsSearch: docker.dns_search,
    ulimits: ulimitsOf(docker).map(({ name, soft, hard }) => `${name}=${soft}:${hard}`),
    proxy: [...proxyOfSidecar(ofAdmin, names), ...proxyFor(surroundings.proxy, (key) => key in ofAdmin, names)],
    hostAddress: hostAddressOf(input),
  });
  const { sidecar } = contribution;
  if (sidecar !== null && input.wiring.kind === "dind") {
    const { alias } = input.wiring;
    if (names.includes(alias)) {
      const warning = `The job brings a service "${alias}" of its own, so the runner's own Docker daemon is not started.`;
      return { contribution: noContribution, warnings: [warning], notices: [] };
    }
    requireNames(docker.network_mode);
  }
  const own = fittingVariables(contribution.variables, variables);
  return { contribution: { ...contribution, variables: own }, warnings: [], notices: noticesOf(input, sidecar, own) };
}

/** On a network that others use, too, the usual name is nobody's: what a script does with it must be told the other. */
function noticesOf(
  { wiring }: PlanInput,
  sidecar: DaemonContribution["sidecar"],
  own: Readonly<Record<string, string>>,
): string[] {
  if (wiring.kind !== "dind" || sidecar === null || sidecar.alias === wiring.alias) return [];
  const host = own["DOCKER_HOST"];
  return [
    `The Docker daemon of this job is called ${sidecar.alias}` +
      `${host === undefined ? "" : ` (DOCKER_HOST=${host})`}, not ${wiring.alias}: other jobs use this network, too`,
  ];
}

/** As the admin has it for the job, but for the job's services, which no proxy knows. */
function proxyOfSidecar(ofAdmin: Readonly<Record<string, string>>, names: readonly string[]): string[] {
  const entries = Object.entries(ofAdmin);
  const isException = ([key]: readonly [string, string]) => key.toLowerCase() === "no_proxy";
  const isProxied = entries.some((entry) => !isException(entry) && entry[1] !== "");
  const list = isProxied ? names : [];
  return [
    ...entries.map(([key, value]) => `${key}=${isException([key, value]) ? withNames(value, list) : value}`),
    ...(list.length === 0 || entries.some(isException) ? [] : [`NO_PROXY=${withNames("", list)}`]),
  ];
}

/** Where a job reaches what is published on the daemon's host; "" when that is not known. */
export function hostAddressOf({ runner, surroundings }: Pick<PlanInput, "runner" | "surroundings">): string {
  const { network_mode: mode } = runner.docker;
  if (mode === "host") return "127.0.0.1";
  return hasOwnInterface(mode) ? surroundings.hostAddress : "";
}

/** True where the job's containers get a network of their own instead of the daemon's default. */
export function isDefaultNetwork(mode: string): boolean {
  return mode === "" || mode === "bridge" || mode === "default";
}

/** True for a network that exists already, where containers find each other by name. */
export function isNamedNetwork(mode: string): boolean {
  return !isDefaultNetwork(mode) && mode !== "host" && mode !== "none" && !mode.startsWith("container:");
}

/** True where a container has an address of its own. */
export function hasOwnInterface(mode: string): boolean {
  return isDefaultNetwork(mode) || isNamedNetwork(mode);
}

/** A sidecar is reached by its name, which none of these networks resolves; on `host` it would also meddle with the host's firewall. */
export function requireNames(mode: string): void {
  if (mode !== "host" && mode !== "none" && !mode.startsWith("container:")) return;
  throw configurationRefusal(
    "CONFIG_DIND_NETWORK",
    `wiring = "dind" can't work with network_mode = "${mode}": the job would not find its Docker daemon`,
    "remove network_mode from [runners.docker], or name a network there",
    "admin",
  );
}

/** True when the job's own DOCKER_HOST calls the sidecar by the name that config.toml gives it. */
function namesSidecar({ wiring }: PlanInput, variables: Variables): boolean {
  if (wiring.kind !== "dind") return false;
  const [, host] = /^tcp:\/\/([^:/]+)(?::\d+)?\/*$/.exec(variables.get("DOCKER_HOST")) ?? [];
  return host === wiring.alias;
}

/** A DOCKER_HOST of the admin's or the job's own may speak of another daemon: what we know of ours doesn't hold for it. */
function fittingVariables(own: Readonly<Record<string, string>>, others: Variables): Readonly<Record<string, string>> {
  const address = (text: string | undefined) => (text ?? "").replace(/\/+$/, "");
  // Clients take an empty one for none.
  const said = address(others.get("DOCKER_HOST"));
  const ours = address(own["DOCKER_HOST"]);
  // Without a port it is the client's default for TLS or none, which is ours.
  const isOurs = said === "" || said === ours || (said.startsWith("tcp://") && said === ours.replace(/:237[56]$/, ""));
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
