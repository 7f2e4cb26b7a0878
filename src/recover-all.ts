import { recoverJob } from "./executor/recover.ts";
import type { AgentContext } from "./executor/agent-context.ts";
import { listJobs } from "./journal/list-jobs.ts";
import type { JobEntry } from "./journal/events.ts";
import { shortToken } from "./coordinator/token.ts";
import type { WorkingEntry } from "./runner-entry.ts";

/** How long new jobs wait for what an earlier run left: its containers may still write where they will work. */
const patienceMs = 30_000;

/**
 * Ends what an earlier run left behind. Resolves when that is done, or after a while: then it goes on in the background.
 */
export async function recoverAll(context: AgentContext, working: readonly WorkingEntry[]): Promise<void> {
  const { log, clock } = context;
  const { jobs, unreadable } = await listJobs(context.state);
  for (const { path, error } of unreadable)
    log.error({ path }, `a journal of an earlier run can't be read: ${error.message}`);
  const recoveries = jobs.map(async ({ path, record }) => {
    const entry = working.find((candidate) => isSame(candidate, record.opened.entry));
    if (entry !== undefined) return recoverJob(context, { path, record, runner: entry.runner, client: entry.client });
    log.warn(
      { path },
      `job ${record.payload.id} of an earlier run belongs to a runner that is not configured any more`,
    );
  });
  for (const recovery of recoveries) context.background(recovery);
  if (recoveries.length === 0) return;
  const over = new AbortController();
  await Promise.race([Promise.allSettled(recoveries), clock.sleep(patienceMs, over.signal).catch(() => {})]);
  over.abort(new Error("the wait is over"));
}

/** Names and urls may be edited between two starts; the token says whose job it is. */
function isSame({ runner }: WorkingEntry, entry: JobEntry): boolean {
  return shortToken(runner.token) === entry.runner;
}
