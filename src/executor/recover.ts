import type { CoordinatorClient } from "../coordinator/client.ts";
import { reportedReason } from "../job/failure-reason.ts";
import { JobJournal } from "../journal/journal.ts";
import { TraceSpool } from "../trace/spool.ts";
import { messageOf } from "../support/errors.ts";
import type { AgentContext } from "./agent-context.ts";
import { isDebugTraced } from "./finish-late.ts";
import { type EarlierJob, removeLeftovers } from "./leftovers.ts";
import { removeUntilGone } from "./removal.ts";

export interface LeftJob extends EarlierJob {
  readonly path: string;
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

/** True when the coordinator has the job's end, or doesn't want it. */
async function report(agent: AgentContext, { record, client, runner }: LeftJob, journal: JobJournal): Promise<boolean> {
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
  } finally {
    await spool.close();
  }
  const isReported = await agent.late.deliver({
    id: payload.id,
    token: payload.token,
    runner: record.opened.entry.runner,
    client,
    spoolPath: journal.spoolPath,
    debugTrace: isDebugTraced(payload, runner),
    acknowledged: record.acknowledged,
    update,
  });
  if (isReported) await journal.append({ type: "finalAcknowledged" });
  return isReported;
}
