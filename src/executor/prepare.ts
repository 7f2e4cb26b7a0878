import { randomBytes } from "node:crypto";
import type { ReceivedJob } from "../coordinator/job-request.ts";
import { protocolVersion } from "../coordinator/info.ts";
import type { RunnerConfig } from "../config/schema.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import type { HostProbe } from "../daemon/uplink.ts";
import { agentLabel } from "../job/labels.ts";
import { jobTimeoutSeconds } from "../job/timeout.ts";
import { surroundingsOf } from "./surroundings-of.ts";
import { planJob } from "../job/plan-job.ts";
import type { JobPlan } from "../job/plan.ts";
import type { AgentContext } from "./agent-context.ts";

/** Docker's names of architectures -> those in the tags of GitLab's helper image. */
const helperArchitectures: Readonly<Record<string, string>> = { aarch64: "arm64", armv7l: "arm" };

/** GitLab's public helper image of the release whose protocol we speak, for the daemon that runs it. */
export function defaultHelperImage(architecture: string): string {
  const name = helperArchitectures[architecture] ?? architecture;
  return `registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:${name}-v${protocolVersion}`;
}

/** How the host of a daemon is looked at: through a container of the helper that its jobs use. */
export function hostProbe(agentId: string, helperImage: string, architecture: string): HostProbe {
  const image = helperImage.replaceAll("${CI_RUNNER_VERSION}", protocolVersion);
  return { image: image === "" ? defaultHelperImage(architecture) : image, labels: { [agentLabel]: agentId } };
}

/** Gathers what planning needs, and plans. @throws JobRefusal, AgentError */
export async function prepareJob(
  agent: AgentContext,
  received: ReceivedJob,
  runner: RunnerConfig,
  daemon: Daemon,
  slot: { readonly runner: number; readonly project: number },
): Promise<JobPlan> {
  const { job } = received;
  const timeoutSeconds = jobTimeoutSeconds(job);
  const suffix = randomBytes(4).toString("hex");
  const [wiring, surroundings] = await Promise.all([
    resolveWiring(runner.docker, daemon, agent.clock.now(), timeoutSeconds * 1000, suffix),
    surroundingsOf(daemon, runner.docker.network_mode),
  ]);
  return planJob({
    payload: job,
    runner,
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
    defaultHelperImage: defaultHelperImage(daemon.facts.architecture),
  });
}
