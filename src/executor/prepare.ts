import { randomBytes } from "node:crypto";
import type { ReceivedJob } from "../coordinator/job-request.ts";
import { protocolVersion } from "../coordinator/info.ts";
import type { RunnerConfig } from "../config/schema.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import { jobTimeoutSeconds } from "../job/timeout.ts";
import { planJob } from "../job/plan-job.ts";
import type { JobPlan } from "../job/plan.ts";
import type { AgentContext } from "./agent-context.ts";

/** Docker's names of architectures -> those in the tags of GitLab's helper image. */
const helperArchitectures: Readonly<Record<string, string>> = { aarch64: "arm64", armv7l: "arm" };

/** GitLab's public helper image of the release whose protocol we speak, for the daemon that runs it. */
function defaultHelperImage(architecture: string): string {
  const name = helperArchitectures[architecture] ?? architecture;
  return `registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:${name}-v${protocolVersion}`;
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
    suffix: randomBytes(4).toString("hex"),
    wiring: await resolveWiring(runner.docker, daemon, agent.clock.now(), timeoutSeconds * 1000),
    networkMtu: daemon.networkMtu,
    registryMirrors: daemon.facts.registryMirrors,
    serverTls: { ca: received.tls.caChain, cert: received.tls.cert, key: received.tls.key },
    defaultHelperImage: defaultHelperImage(daemon.facts.architecture),
  });
}
