import type { RunnerConfig } from "../config/schema.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { removeContainer } from "../docker/container.ts";
import { sweep, sweepComposeProject } from "../docker/sweep.ts";
import { ownFilters } from "../job/labels.ts";
import type { JobRecord } from "../journal/job-record.ts";
import { messageOf } from "../support/errors.ts";
import type { AgentContext } from "./agent-context.ts";

/** A job that an earlier run of the agent left behind, as its journal tells it. */
export interface EarlierJob {
  readonly record: JobRecord;
  readonly runner: RunnerConfig;
  /** Its layer stores that other jobs are kept away from, each with what lets go of it. */
  readonly held?: Map<string, () => void>;
}

/**
 * Removes containers, networks and volumes that earlier runs of the agent made for a job; volumes that are kept for the
 * slot are not its own. Returns what could not be removed, one line each.
 */
export async function removeLeftovers(agent: AgentContext, job: EarlierJob, signal: AbortSignal): Promise<string[]> {
  const { record, runner } = job;
  const daemon = await agent.daemons.get(runner.docker, signal);
  const { engine } = daemon;
  // A daemon that still runs, and has nothing more to do for its job, leaves its layer store whole.
  const problems = await endLeases(agent, daemon, job, signal);
  const { boot: first, entry } = record.opened;
  for (const boot of [first, ...record.laterBoots]) {
    const labels = ownFilters(agent.agentId, boot, record.payload.id, entry.runner);
    problems.push(...(await sweep(engine, labels, signal)));
  }
  const project = record.plan?.composeProject ?? "";
  return project === "" ? problems : [...problems, ...(await sweepComposeProject(engine, project, signal))];
}

async function endLeases(
  { stores }: AgentContext,
  daemon: Daemon,
  { record: { plan, leased, containers }, held }: EarlierJob,
  signal: AbortSignal,
): Promise<string[]> {
  const storage = plan?.storage ?? null;
  if (storage === null) return [];
  const others = containers.filter(({ role }) => role !== "dind");
  await Promise.allSettled(others.map(({ id }) => removeContainer(daemon.engine, id, false, signal)));
  const ends = leased.map(async (volume) => {
    held?.get(volume)?.();
    held?.delete(volume);
    const lease = await stores.inherit(daemon, storage, volume);
    // It is inherited anew at the next try.
    await lease?.dispose(signal).finally(() => lease.release());
  });
  const results = await Promise.allSettled(ends);
  return results.flatMap((result) => (result.status === "rejected" ? [messageOf(result.reason)] : []));
}
