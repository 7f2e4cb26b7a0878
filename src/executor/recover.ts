import type { CoordinatorClient } from "../coordinator/client.ts";
import type { RunnerConfig } from "../config/schema.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { removeContainer } from "../docker/container.ts";
import { sweep, sweepComposeProject } from "../docker/sweep.ts";
import { reportedReason } from "../job/failure-reason.ts";
import { agentLabel, bootLabel, jobLabel } from "../job/labels.ts";
import { JobJournal } from "../journal/journal.ts";
import type { JobRecord } from "../journal/job-record.ts";
import { TraceSpool } from "../trace/spool.ts";
import { TraceUploader } from "../trace/uploader.ts";
import { messageOf } from "../support/errors.ts";
import type { AgentContext } from "./agent-context.ts";
import { removeUntilGone } from "./removal.ts";

const reportLimitMs = 3_600_000;
const finalRetries = 10;

export interface LeftJob {
  readonly path: string;
  readonly record: JobRecord;
  readonly runner: RunnerConfig;
  readonly client: CoordinatorClient;
}

/**
 * Ends a job that an earlier run of the agent left behind. Two things go on side by side, each until it is done: what it
 * made is removed, and the rest of its log and its final state are delivered; a job whose end is not on record has
 * failed with the system. The journal goes when both are done.
 */
export async function recoverJob(agent: AgentContext, left: LeftJob): Promise<void> {
  const { record, path } = left;
  const { log } = agent;
  const job = record.payload.id;
  const journal = await JobJournal.reopen(path, agent.clock);
  const [problems, isReported] = await Promise.all([
    removeUntilGone(agent, (signal) => removeLeftovers(agent, left, signal)),
    report(agent, left, journal).catch((error: unknown) => {
      log.error({ job, err: error }, `job ${job} of an earlier run could not be reported: ${messageOf(error)}`);
      return false;
    }),
  ]);
  for (const problem of problems) log.warn({ job }, `leftovers of job ${job}: ${problem}`);
  if (problems.length === 0 && isReported) await journal.remove();
  else await journal.close();
}

/** Containers, networks and volumes of the job; volumes that are kept for the slot are not its own. */
async function removeLeftovers(
  agent: AgentContext,
  { record, runner }: LeftJob,
  signal: AbortSignal,
): Promise<string[]> {
  const daemon = await agent.daemons.get(runner.docker, signal);
  const { engine } = daemon;
  // A daemon that still runs, and has nothing more to do for its job, leaves its layer store whole.
  const unended = await endLeases(agent, daemon, record, signal);
  // Agents in containers have one id where their configuration has one path, and jobs of two coordinators may have one number.
  const boot = `${bootLabel}=${record.opened.boot}`;
  const labels = [`${agentLabel}=${agent.agentId}`, boot, `${jobLabel}=${record.payload.id}`];
  const problems = [...unended, ...(await sweep(engine, labels, signal))];
  const project = record.plan?.composeProject ?? "";
  return project === "" ? problems : [...problems, ...(await sweepComposeProject(engine, project, signal))];
}

async function endLeases(
  { stores }: AgentContext,
  daemon: Daemon,
  { plan, leased, containers }: JobRecord,
  signal: AbortSignal,
): Promise<string[]> {
  const storage = plan?.storage ?? null;
  if (storage === null) return [];
  const others = containers.filter(({ role }) => role !== "dind");
  await Promise.allSettled(others.map(({ id }) => removeContainer(daemon.engine, id, false, signal)));
  const ends = leased.map(async (volume) => {
    const lease = await stores.inherit(daemon, storage, volume);
    // It is inherited anew at the next try.
    await lease?.dispose(signal).finally(() => lease.release());
  });
  const results = await Promise.allSettled(ends);
  return results.flatMap((result) => (result.status === "rejected" ? [messageOf(result.reason)] : []));
}

/** True when the coordinator has the job's end, or doesn't want it. */
async function report(agent: AgentContext, { record, client }: LeftJob, journal: JobJournal): Promise<boolean> {
  if (record.finalAcknowledged) return true;
  const { payload } = record;
  const failureReason = reportedReason("runner_system_failure", payload.features?.failure_reasons ?? []);
  const update = record.outcome ?? ({ state: "failed", failureReason, exitCode: 0 } as const);
  const spool = await TraceSpool.open(journal.spoolPath);
  try {
    if (record.outcome === null) {
      const message =
        "Job failed (system failure): the runner was stopped while the job ran, and has been started again";
      await spool.append(Buffer.from(`\n\u001B[31;1mERROR: ${message}\u001B[0;m\n`));
      await spool.drain();
      // From here on the log says how the job ended: a further start must not say it again.
      await journal.append({ type: "outcome", update });
    }
    const uploader = new TraceUploader({
      api: client.jobApi(payload.id, payload.token),
      spool,
      clock: agent.clock,
      debugTrace: false,
      acknowledged: record.acknowledged,
      finalUpdateRetryLimit: finalRetries,
      onAcknowledged: (offset) => journal.acknowledged(offset),
      onCancel: () => {},
      onAbort: () => {},
      onProblem: (problem) => agent.log.warn({ job: payload.id }, problem),
    });
    const signal = AbortSignal.any([agent.stopping, AbortSignal.timeout(reportLimitMs)]);
    const delivery = await uploader.finish(update, { signal });
    agent.log.info({ job: payload.id, delivery }, `job ${payload.id} of an earlier run was ended`);
    if (delivery === "gave-up") return false;
    await journal.append({ type: "finalAcknowledged" });
    return true;
  } finally {
    await spool.close();
  }
}
