import type { RunnerConfig } from "../config/schema.ts";
import type { JobPayload } from "../coordinator/job-payload.ts";
import { shortToken } from "../coordinator/token.ts";
import { Variables } from "../job/variables.ts";
import { finalUpdate, type JobOutcome } from "../job/outcome.ts";
import { JobJournal } from "../journal/journal.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Assignment } from "./assignment.ts";
import type { JobLog } from "./job-log.ts";

/**
 * Goes on with the final state of a job that gave its slot back, while and after what it made is removed. The journal
 * stays until both are done.
 *
 * @param cleaned whether all that the job made is gone; its journal and log are closed by then.
 */
export function finishLate(
  agent: AgentContext,
  { received, runner, client }: Assignment,
  { journal, uploader }: JobLog,
  outcome: JobOutcome,
  cleaned: Promise<boolean>,
): Promise<void> {
  const { job } = received;
  const { path, spoolPath } = journal;
  const delivered = agent.late.deliver({
    id: job.id,
    token: job.token,
    runner: shortToken(runner.token),
    client,
    spoolPath,
    debugTrace: isDebugTraced(job, runner),
    acknowledged: uploader.acknowledged,
    update: finalUpdate(outcome, job.features?.failure_reasons ?? []),
  });
  return settleJournal(agent, path, delivered, cleaned);
}

/** Whether the log of this job shows what only developers of its project may see. */
export function isDebugTraced({ variables }: JobPayload, runner: RunnerConfig): boolean {
  const layer = new Variables(variables.map((variable) => ({ ...variable, internal: false })));
  return layer.flag("CI_DEBUG_TRACE") && !runner.debug_trace_disabled;
}

/** Removes a journal when the end is delivered and all that the job made is gone. Holds the path alone: this may wait for hours. */
export async function settleJournal(
  { clock }: AgentContext,
  path: string,
  delivered: Promise<boolean>,
  cleaned: Promise<boolean>,
): Promise<void> {
  const [isReported, isGone] = await Promise.all([delivered, cleaned]);
  if (!isReported) return;
  const journal = await JobJournal.reopen(path, clock);
  if (isGone) return journal.remove();
  await journal.append({ type: "finalAcknowledged" });
  await journal.close();
}
