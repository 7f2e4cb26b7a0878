import type { Daemon } from "../daemon/daemons.ts";
import { dockerDefaultMtu } from "../daemon/network-mtu.ts";
import { isDockerSocket } from "../daemon/socket.ts";
import { type ContainerDetails, readContainerDetails } from "../docker/container-details.ts";
import { causeOfEnd } from "../docker/events.ts";
import { inspectImage } from "../docker/image.ts";
import type { BuildEvidence, ClientEvidence, Evidence, FailureEvidence, ServiceEvidence } from "../explain/evidence.ts";
import { isAutowireOff, isOfJob } from "../job/autowire.ts";
import { environmentValue } from "../job/image-config.ts";
import { recogniseDind } from "../job/own-dind.ts";
import type { ContainerSpec, JobPlan, ServiceSpec } from "../job/plan.ts";
import { isWithin } from "../job/volumes.ts";
import { plainLines } from "../trace/plain-lines.ts";
import { serviceLog } from "./service-log.ts";

/** The job waits for it, and what isn't known by then isn't needed. */
const limitMs = 5_000;
/** A dockerd says at its start what slows it down, in more than fifty lines. */
const logLines = 200;
/** A registry's answer may be of any length. */
const longestMessage = 2_000;
/** 128 + SIGKILL. */
const codeOfKill = 137;
/** What decides how a daemon listens. */
const daemonVariables = ["DOCKER_TLS_CERTDIR", "DOCKER_HOST", "DOCKER_TLS_SAN", "DOCKER_IPTABLES_LEGACY"];

export interface EvidenceContext {
  readonly daemon: Daemon | null;
  /** As it was planned, before the job's own dinds were wired; null when it failed before that. */
  readonly plan: JobPlan | null;
  readonly failure: FailureEvidence | null;
  /** How the script ended: what after_script's run of the same container hides. null when it isn't why the job failed. */
  readonly scriptEnd: { readonly exitCode: number; readonly oomKilled: boolean } | null;
  readonly output: readonly string[];
  readonly outputIsWhole: boolean;
  /** Takes the job's secrets out of a text. */
  readonly hide: (text: string) => string;
}

/** Looks at what is left of a job before it is removed. Never rejects: what can't be found out stays open. */
export async function gatherEvidence(context: EvidenceContext): Promise<Evidence> {
  const { daemon, plan, scriptEnd, output, outputIsWhole, hide } = context;
  const signal = AbortSignal.timeout(limitMs);
  const [build, services] = await Promise.all([
    plan === null ? null : lookAt(daemon, plan.build.name, signal),
    Promise.all((plan?.services ?? []).map((service) => serviceEvidence(context, service, signal))),
  ]);
  const image = build === null ? null : await imageOf(daemon, build.imageId, signal);
  const found = {
    failure: context.failure,
    build: buildEvidence(plan, build === null ? null : { ...build, ...endOf(scriptEnd) }, image?.architecture ?? ""),
    services,
    client: clientEvidence(plan, build),
  };
  const { failure, ...rest } = withoutSecrets(found, hide);
  return {
    ...rest,
    failure: failure === null ? null : { ...failure, message: failure.message.slice(0, longestMessage) },
    output,
    outputIsWhole,
    daemon: daemon === null ? null : daemonEvidence(daemon, plan),
  };
}

/** Every text of it, whole: one that is cut first may end in half a secret that nobody recognises. */
function withoutSecrets<T>(value: T, hide: (text: string) => string): T {
  if (typeof value === "string") return hide(value) as T;
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, hide)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutSecrets(each, hide)])) as T;
}

function endOf(scriptEnd: EvidenceContext["scriptEnd"]) {
  if (scriptEnd === null) return {};
  const { exitCode, oomKilled } = scriptEnd;
  return { running: false, exitCode, oomKilled };
}

async function lookAt(daemon: Daemon | null, name: string, signal: AbortSignal): Promise<ContainerDetails | null> {
  return daemon === null ? null : readContainerDetails(daemon.engine, name, signal).catch(() => null);
}

/** What became of a service nobody has looked into before. */
async function withCause(daemon: Daemon | null, name: string, details: ContainerDetails | null, signal: AbortSignal) {
  if (daemon === null || details === null || details.running || details.exitCode !== codeOfKill) return details;
  const cause = await causeOfEnd(daemon.engine, name, details, signal).catch(() => null);
  return { ...details, oomKilled: cause === "out-of-memory" };
}

async function imageOf(daemon: Daemon | null, id: string, signal: AbortSignal) {
  return daemon === null ? null : inspectImage(daemon.engine, id, signal).catch(() => null);
}

function stateOf(details: ContainerDetails | null) {
  if (details === null) return null;
  const { running, exitCode, oomKilled, error } = details;
  return { running, exitCode, oomKilled, error };
}

function buildEvidence(plan: JobPlan | null, details: ContainerDetails | null, architecture: string): BuildEvidence {
  return {
    image: plan?.build.image ?? "",
    entrypoint: details?.entrypoint ?? plan?.build.entrypoint ?? [],
    user: details?.user ?? plan?.build.user ?? "",
    architecture,
    projectDir: plan?.projectDir ?? "",
    mounts: mountsOf(plan, details),
    privileged: plan?.build.host.privileged ?? false,
    memoryLimit: details?.memoryLimit ?? plan?.build.host.memory ?? 0,
    state: stateOf(details),
  };
}

function mountsOf(plan: JobPlan | null, details: ContainerDetails | null): BuildEvidence["mounts"] {
  return (details?.binds ?? plan?.build.binds ?? []).map((text) => {
    const [source = "", destination = ""] = text.split(":", 2);
    return { source, destination };
  });
}

/** All that is known of one that is gone. */
function isCalledDind({ image }: ContainerSpec): boolean {
  return /(?:^|[/:-])dind\b/.test(image);
}

async function serviceEvidence(
  { daemon, hide }: EvidenceContext,
  service: ServiceSpec,
  signal: AbortSignal,
): Promise<ServiceEvidence> {
  const { container } = service;
  const [details, log] = await Promise.all([
    lookAt(daemon, container.name, signal).then((found) => withCause(daemon, container.name, found, signal)),
    daemon === null ? "" : serviceLog(daemon.engine, container.name, logLines, signal).catch(() => ""),
  ]);
  const isSidecar = !isOfJob(service) && service.readiness.kind === "docker-api";
  const env = details?.env ?? container.env;
  return {
    name: service.name,
    image: container.image,
    aliases: details?.aliases ?? container.aliases,
    isDaemon: isSidecar || (details === null ? isCalledDind(container) : recogniseDind(container, details) !== null),
    isSidecar,
    privileged: details?.privileged ?? container.host.privileged,
    environment: env.filter((entry) => daemonVariables.some((key) => entry.startsWith(`${key}=`))),
    memoryLimit: details?.memoryLimit ?? container.host.memory,
    state: stateOf(details),
    log: plainLines(hide(log)).filter((line) => line !== ""),
  };
}

function clientEvidence(plan: JobPlan | null, details: ContainerDetails | null): ClientEvidence {
  const env = details?.env ?? plan?.environment ?? [];
  const value = (key: string) => environmentValue(env, key) ?? "";
  const mounts = mountsOf(plan, details);
  return {
    wiring: plan?.wiring ?? "none",
    host: value("DOCKER_HOST"),
    tlsVerify: value("DOCKER_TLS_VERIFY"),
    certPath: value("DOCKER_CERT_PATH"),
    apiVersion: value("DOCKER_API_VERSION"),
    socket: mounts.find(({ destination }) => isDockerSocket(destination))?.source ?? "",
    buildsOnHost: mounts.some(
      ({ source, destination }) => source === destination && isWithin(plan?.projectDir ?? "", destination),
    ),
    autowire: plan === null || !isAutowireOff(plan),
  };
}

function daemonEvidence({ facts, uplinkMtu }: Daemon, plan: JobPlan | null): Evidence["daemon"] {
  return { ...facts, uplinkMtu, networkMtu: plan?.network == null ? null : (plan.network.mtu ?? dockerDefaultMtu) };
}
