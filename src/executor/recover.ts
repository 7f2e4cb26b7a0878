import type { CoordinatorClient } from "../coordinator/client.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { sweep } from "../docker/sweep.ts";
import { reportedReason } from "../job/failure-reason.ts";
import { agentLabel, jobLabel } from "../job/labels.ts";
import { JobJournal } from "../journal/journal.ts";
import type { JobRecord } from "../journal/job-record.ts";
import { TraceSpool } from "../trace/spool.ts";
import { TraceUploader } from "../trace/uploader.ts";
import type { AgentContext } from "./agent-context.ts";

const limitMs = 300_000;
const removalLimitMs = 120_000;
const finalRetries = 5;

/**
 * Ends a job that an earlier run of the agent left behind: what it made is removed, the rest of its log and its final state are
 * delivered; a job whose end is not on record has failed with the system.
 *
 * @param daemon null when its daemon can't be reached: the log still goes out
 */
export async function recoverJob(
  agent: AgentContext,
  client: CoordinatorClient,
  daemon: Daemon | null,
  path: string,
  record: JobRecord,
): Promise<void> {
  const { payload } = record;
  const signal = AbortSignal.timeout(limitMs);
  if (daemon !== null) {
    const labels = [`${agentLabel}=${agent.agentId}`, `${jobLabel}=${payload.id}`];
    const problems = await sweep(daemon.engine, labels, AbortSignal.timeout(removalLimitMs));
    for (const problem of problems) agent.log.warn({ job: payload.id }, `leftovers of job ${payload.id}: ${problem}`);
  }
  const journal = await JobJournal.reopen(path, agent.clock);
  if (record.finalAcknowledged) return journal.remove();
  const spool = await TraceSpool.open(journal.spoolPath);
  if (record.outcome === null) {
    const message = "Job failed (system failure): the runner was stopped while the job ran, and has been started again";
    await spool.append(Buffer.from(`\n\u001B[31;1mERROR: ${message}\u001B[0;m\n`));
    await spool.drain();
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
  const failureReason = reportedReason("runner_system_failure", payload.features?.failure_reasons ?? []);
  const update = record.outcome ?? ({ state: "failed", failureReason, exitCode: 0 } as const);
  const delivery = await uploader.finish(update, { signal });
  await spool.close();
  agent.log.info({ job: payload.id, delivery }, `job ${payload.id} of an earlier run was ended`);
  if (delivery === "gave-up") await journal.close();
  else await journal.remove();
}
