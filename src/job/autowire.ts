import { type CertificateVolumes, type DaemonCertificateSet, withoutCertificates } from "./autowire-certificates.ts";
import { clientVariables } from "./autowire-client.ts";
import { reportOf, type Wired } from "./autowire-report.ts";
import { daemonAlias, hostOf, type WiredService, wireUnused, wireUsed } from "./autowire-service.ts";
import { type DockerClient, dockerClientOf } from "./docker-client.ts";
import { environmentValue, type ImageConfig } from "./image-config.ts";
import type { OwnDind } from "./own-dind.ts";
import type { JobPlan, ServiceSpec } from "./plan.ts";
import { isNamedNetwork } from "./plan-wiring.ts";
import type { Surroundings } from "./surroundings.ts";
import { bindDestination, isWithin } from "./volumes.ts";

export interface AutowireContext extends Surroundings {
  /** In the order of the plan's services. */
  readonly dinds: readonly OwnDind[];
  readonly buildImage: ImageConfig;
  /** Made for `certificateNames`. */
  readonly certificates: DaemonCertificateSet;
}

export interface Autowired {
  readonly plan: JobPlan;
  /** Lines for the job's log; none when nothing was set. */
  readonly report: readonly string[];
}

/** True when services of the job may be dinds that are to be helped: it takes a network on which names are found. */
export function mayAutowire(plan: JobPlan): boolean {
  return (
    !isAutowireOff(plan) && plan.services.some(isOfJob) && (plan.network !== null || isNamedNetwork(plan.networkMode))
  );
}

/** True when the job wants its dinds started as they are. */
export function isAutowireOff({ environment }: Pick<JobPlan, "environment">): boolean {
  return (environmentValue(environment, "LONGSHORE_DIND_AUTOWIRE") ?? "").toLowerCase() === "false";
}

/** False for the sidecar of the runner's own wiring. */
export function isOfJob({ readiness }: ServiceSpec): boolean {
  return readiness.kind === "ports";
}

/**
 * Makes a job's own dinds and its docker fit each other: name, TLS, certificates, ports, and what a daemon has to know
 * of the network around it. Pure. What the user, the admin or an image set stays: only what nobody has set is added.
 */
export function autowire(plan: JobPlan, context: AutowireContext): Autowired {
  const client = dockerClientOf(plan, context.buildImage.env);
  const { dinds, wired: aliases } = withAlias(plan, context.dinds);
  const { certificates: made } = context;
  const surroundings = {
    ...context,
    mtu: plan.network === null ? context.networkMtu : plan.network.mtu,
    ulimits: plan.build.host.ulimits.map(({ name, soft, hard }) => `${name}=${soft}:${hard}`),
    serviceNames: plan.services.flatMap(({ container }) => container.aliases),
  };
  const each = dinds.map((dind) =>
    isUsed(client, dind.service) ? wireUsed(plan, dind, client, made, surroundings) : wireUnused(dind, surroundings),
  );
  const volumes = [
    ...new Map(each.flatMap(({ certificates: own }) => (own === null ? [] : [[own.clientDirectory, own]]))).values(),
  ];
  const main = mainOf(
    plan,
    each.filter(({ service }) => isUsed(client, service)),
  );
  const { entries, wired } = forClient(plan, main, client);
  const shared = volumes.map(({ clientDirectory }) => ({
    what: clientDirectory,
    why: "certificates made for this job, shared with its daemon",
  }));
  const services = new Map(each.map(({ service }) => [service.index, service]));
  return {
    plan: {
      ...plan,
      environment: withEntries(plan.environment, entries),
      build: {
        ...plan.build,
        env: withEntries(plan.build.env, entries),
        binds: buildBinds(plan, main, volumes, client),
      },
      volumes: [...plan.volumes, ...volumes.flatMap((own) => own.volumes)],
      seeds: [...plan.seeds, ...volumes.flatMap((own) => own.seeds)],
      services: plan.services.map((service) => services.get(service.index) ?? service),
    },
    report: reportOf(
      dinds.map(({ service }) => service.name),
      [...wired, ...shared, ...aliases, ...each.flatMap((service) => service.wired)],
    ),
  };
}

/** So that it is found whatever its image is called, and no other job's in its place. */
function withAlias(
  plan: JobPlan,
  dinds: readonly OwnDind[],
): { readonly dinds: readonly OwnDind[]; readonly wired: readonly Wired[] } {
  const [first, ...rest] = dinds;
  const alias = daemonAlias(plan);
  if (first === undefined || plan.services.some(({ container }) => container.aliases.includes(alias))) {
    return { dinds, wired: [] };
  }
  const { container } = first.service;
  const aliases = [...container.aliases, alias];
  const why = plan.network === null ? "a name that no other job's daemon has" : "the name that clients look for";
  return {
    dinds: [{ ...first, service: { ...first.service, container: { ...container, aliases } } }, ...rest],
    wired: [{ what: `alias ${alias}`, why: `${why}; ${container.aliases.join(", ")} holds as well` }],
  };
}

function isUsed({ daemon }: DockerClient, { container }: ServiceSpec): boolean {
  return daemon.kind === "unsaid" || (daemon.kind === "tcp" && container.aliases.includes(daemon.host));
}

/** What is added takes the place of a DOCKER_HOST that says nothing. */
function withEntries(env: readonly string[], entries: readonly string[]): readonly string[] {
  return [
    ...env.filter((entry) => entry !== "DOCKER_HOST=" || !entries.some((own) => own.startsWith(entry))),
    ...entries,
  ];
}

/** The one that is called as clients expect it, or else the first. */
function mainOf(plan: JobPlan, used: readonly WiredService[]): WiredService | undefined {
  return used.find(({ service }) => service.container.aliases.includes(daemonAlias(plan))) ?? used[0];
}

function forClient(plan: JobPlan, main: WiredService | undefined, client: DockerClient) {
  if (main === undefined || main.listening === null) return { entries: [], wired: [] };
  return clientVariables(
    client,
    hostOf(main.service, client, plan),
    main.listening,
    clientDirectoryOf(plan, main),
    main.version,
  );
}

/** docker's image takes certificates that it finds for a word for TLS, be they those of an earlier job. */
function buildBinds(
  plan: JobPlan,
  main: WiredService | undefined,
  volumes: readonly CertificateVolumes[],
  client: DockerClient,
): readonly string[] {
  const { binds } = plan.build;
  if (main?.listening == null) return binds;
  if (main.listening.tls) return volumes.reduce((list, own) => own.forClient(list), binds);
  const directory = client.value("DOCKER_TLS_CERTDIR") ?? "";
  return directory === "" ? binds : withoutCertificates(plan, binds, directory);
}

/** "" when the job's container has none. */
function clientDirectoryOf({ build }: JobPlan, { listening, certificates }: WiredService): string {
  if (certificates !== null) return certificates.clientDirectory;
  const directory = `${listening?.certificateDirectory ?? ""}/client`;
  return build.binds.some((bind) => isWithin(directory, bindDestination(bind))) ? directory : "";
}
