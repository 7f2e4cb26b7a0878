import { randomBytes } from "node:crypto";
import type { ReceivedJob } from "../coordinator/job-request.ts";
import { protocolVersion } from "../coordinator/info.ts";
import type { DockerConfig, RunnerConfig } from "../config/schema.ts";
import { formatDaemonAddress } from "../daemon/address.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import type { HostProbe } from "../daemon/uplink.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import { ignoredLimits } from "../job/stage-limits.ts";
import { jobTimeoutSeconds } from "../job/timeout.ts";
import { withSeccompProfiles } from "./seccomp-profiles.ts";
import { surroundingsOf } from "./surroundings-of.ts";
import { planJob } from "../job/plan-job.ts";
import type { JobPlan } from "../job/plan.ts";
import { fromEnvironment, internal, Variables } from "../job/variables.ts";
import { jobFeatureFlags } from "../job/job-variables.ts";
import type { AgentContext } from "./agent-context.ts";

/** Docker's names of architectures -> those in the tags of GitLab's helper image. */
const helperArchitectures: Readonly<Record<string, string>> = { aarch64: "arm64", armv7l: "arm" };

/**
 * GitLab's public helper image of the release whose protocol we speak, for the daemon that runs it.
 *
 * @param flavor `helper_image_flavor`: a prefix of the tag, but for the default
 */
export function defaultHelperImage(architecture: string, flavor = "alpine"): string {
  const name = helperArchitectures[architecture] ?? architecture;
  const prefix = flavor === "" || flavor === "alpine" ? "" : `${flavor}-`;
  return `registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:${prefix}${name}-v${protocolVersion}`;
}

/** Whose containers they are, and what stands in the names of helper images. */
export interface ProbeOwner {
  readonly agentId: string;
  readonly boot: string;
  readonly revision: string;
}

/** The keys of [runners.docker] that say which image the helper has. */
export type HelperSettings = Partial<Pick<DockerConfig, "helper_image" | "helper_image_flavor">>;

/**
 * How the host of a daemon is looked at: through a container of the helper that its jobs use. null where its name takes
 * variables that only a job has.
 *
 * @param environment of config.toml
 * @param architecture of the daemon
 */
export function hostProbe(
  { agentId, boot, revision }: ProbeOwner,
  { helper_image: helperImage = "", helper_image_flavor: flavor }: HelperSettings,
  environment: readonly string[],
  architecture: string,
): HostProbe | null {
  const variables = new Variables([
    ...fromEnvironment(environment),
    internal("CI_RUNNER_VERSION", protocolVersion),
    internal("CI_RUNNER_REVISION", revision),
  ]).expanded();
  const image = helperImage.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (text, name: string) =>
    variables.has(name) ? variables.get(name) : text,
  );
  if (image.includes("$")) return null;
  const labels = { [agentLabel]: agentId, [bootLabel]: boot };
  return { image: image === "" ? defaultHelperImage(architecture, flavor) : image, labels };
}

/** What a plan has of whoever runs the job. */
export interface PlanningAgent extends Pick<AgentContext, "clock" | "identity" | "systemId" | "agentId" | "usage"> {
  /** For the admin. */
  readonly log: {
    info(facts: object, text: string): void;
    warn(facts: object, text: string): void;
  };
  readonly state: Pick<AgentContext["state"], "boot">;
}

/** Gathers what planning needs, and plans. @throws JobRefusal, AgentError */
export async function prepareJob(
  agent: PlanningAgent,
  received: ReceivedJob,
  runner: RunnerConfig,
  daemon: Daemon,
  slot: { readonly runner: number; readonly project: number },
  signal: AbortSignal,
): Promise<JobPlan> {
  const { job } = received;
  const timeoutSeconds = jobTimeoutSeconds(job);
  const suffix = randomBytes(4).toString("hex");
  const [wiring, surroundings, docker] = await Promise.all([
    resolveWiring(runner.docker, daemon, agent.clock.now(), timeoutSeconds * 1000, suffix),
    surroundingsOf(daemon, runner.docker.network_mode, signal),
    withSeccompProfiles(runner.docker, signal),
  ]);
  for (const ignored of ignoredLimits(runner, timeoutSeconds)) agent.log.warn({ job: job.id }, ignored);
  const plan = planJob({
    payload: job,
    runner: { ...runner, docker },
    agent: {
      protocolVersion,
      revision: agent.identity.revision,
      architecture: agent.identity.architecture,
      systemId: agent.systemId,
      agentId: agent.agentId,
      bootId: agent.state.boot,
    },
    slot,
    suffix,
    wiring,
    surroundings,
    serverTls: { ca: received.tls.caChain, cert: received.tls.cert, key: received.tls.key },
    defaultHelperImage: defaultHelperImage(daemon.facts.architecture, runner.docker.helper_image_flavor),
    correlationId: received.correlationId,
  });
  if (jobFeatureFlags({ payload: job, runner }).values["FF_LOG_IMAGES_CONFIGURED_FOR_JOB"] === true)
    logImages(agent, plan);
  const kept = plan.volumes.filter(({ temporary }) => !temporary).map(({ name }) => name);
  agent.usage.volumesUsed(formatDaemonAddress(daemon.address), kept);
  return plan;
}

/** For admins who want to know what is used (FF_LOG_IMAGES_CONFIGURED_FOR_JOB). */
function logImages({ log }: Pick<PlanningAgent, "log">, { jobId, build, services }: JobPlan): void {
  const facts = ({ image, platform }: JobPlan["build"]) => ({
    job: jobId,
    image_name: image,
    image_platform: platform,
  });
  log.info(facts(build), `Image configured for job: ${build.image}`);
  for (const { container } of services)
    log.info(facts(container), `Service image configured for job: ${container.image}`);
}
