import type { CoordinatorClient } from "../coordinator/client.ts";
import type { JobPayload } from "../coordinator/job-payload.ts";
import { reportedReason } from "../job/failure-reason.ts";
import type { JobRecord } from "../journal/job-record.ts";
import { JobJournal } from "../journal/journal.ts";
import { closeLeftLog } from "../trace/left-log.ts";
import { messageOf } from "../support/errors.ts";
import type { AgentContext } from "./agent-context.ts";
import { isDebugTraced, settleJournal } from "./finish-late.ts";
import { type EarlierJob, removeLeftovers } from "./leftovers.ts";
import { removeUntilGone } from "./removal.ts";
import { takeBackUploads } from "./upload-note.ts";

export interface LeftJob extends EarlierJob {
  readonly path: string;
  readonly client: CoordinatorClient;
}

/**
 * Ends a job that an earlier run of the agent left behind. Two things go on side by side, each until it is done: what it
 * made is removed, in the store of its caches too, and the rest of its log and its final state are delivered; a job whose end is not on record has
 * failed with the system. The journal goes when both are done.
 */
export async function recoverJob(agent: AgentContext, left: LeftJob): Promise<void> {
  const { log } = agent;
  const job = left.record.payload.id;
  const removed = removeUntilGone(agent, (signal) => removeLeftovers(agent, left, signal)).then((problems) => {
    for (const problem of problems) log.warn({ job }, `leftovers of job ${job}: ${problem}`);
    return problems.length === 0;
  });
  const reported = report(agent, left).catch((error: unknown) => {
    log.error({ job, err: error }, `job ${job} of an earlier run could not be reported: ${messageOf(error)}`);
    return false;
  });
  const uploads = takeBackUploads(agent, left.runner.cache, left.path);
  const cleaned = uploads.then(() => removed);
  await settleJournal(agent, left.path, reported, cleaned);
}

/** True when the coordinator has the job's end, or doesn't want it. Until then nothing of its journal is open. */
async function report(agent: AgentContext, left: LeftJob): Promise<boolean> {
  const { record, client, runner, path } = left;
  const { payload } = record;
  if (record.finalAcknowledged) return true;
  const journal = await JobJournal.reopen(path, agent.clock);
  let update = record.outcome;
  try {
    update ??= await endUnfinished(journal, payload);
  } finally {
    await journal.close();
  }
  await closeLeftLog(journal.spoolPath);
  return agent.late.deliver({
    id: payload.id,
    token: payload.token,
    runner: record.opened.entry.runner,
    client,
    spoolPath: journal.spoolPath,
    debugTrace: isDebugTraced(payload, runner),
    acknowledged: record.acknowledged,
    update,
  });
}

async function endUnfinished(
  journal: JobJournal,
  { features }: JobPayload,
): Promise<NonNullable<JobRecord["outcome"]>> {
  const failureReason = reportedReason("runner_system_failure", features?.failure_reasons ?? []);
  const update = { state: "failed", failureReason, exitCode: 0 } as const;
  const message = "Job failed (system failure): the runner was stopped while the job ran, and has been started again";
  await closeLeftLog(journal.spoolPath, `\n\u001B[31;1mERROR: ${message}\u001B[0;m\n`);
  // From here on the log says how the job ended: a further start must not say it again.
  await journal.append({ type: "outcome", update });
  return update;
}
