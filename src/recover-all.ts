import type { JobPayload } from "./coordinator/job-payload.ts";
import type { Poller } from "./coordinator/poller.ts";
import { shortToken } from "./coordinator/token.ts";
import type { AgentContext } from "./executor/agent-context.ts";
import { receivedEarlier } from "./executor/adopt.ts";
import { endUnreadable } from "./executor/end-unreadable.ts";
import { recoverJob } from "./executor/recover.ts";
import { resumptionOf } from "./executor/resumption.ts";
import { type EarlierLife, runJob } from "./executor/run-job.ts";
import type { JobEntry } from "./journal/events.ts";
import { listJobs } from "./journal/list-jobs.ts";
import type { WorkingEntry } from "./runner-entry.ts";
import { messageOf } from "./support/errors.ts";

/** How long new jobs wait for what an earlier run left: its containers may still write where they will work. */
const patienceMs = 30_000;

/** Who must know what is secret for as long as a job is there. */
export interface JobSecrets {
  ofJob(job: JobPayload): void;
  jobIsGone(id: number): void;
}

/** A job that goes on, or begins anew, in this run of the agent. */
export interface ResumedJob extends EarlierLife {
  readonly entry: WorkingEntry;
}

/**
 * Ends what an earlier run left behind and can't be gone on with. Resolves when that is done, or after a while: then it
 * goes on in the background. `secrets` hears of each job first. Returns the other jobs; nobody else gets their layer stores from here on.
 */
export async function recoverAll(
  context: AgentContext,
  working: readonly WorkingEntry[],
  secrets: JobSecrets,
): Promise<readonly ResumedJob[]> {
  const { log, clock, stores } = context;
  const { jobs, unreadable } = await listJobs(context.state);
  const ends = unreadable.map(({ path, error }) => {
    log.error({ path }, `a journal of an earlier run can't be read: ${error.message}`);
    return endUnreadable(context, path, error, working);
  });
  const resumed: ResumedJob[] = [];
  const recoveries: Promise<void>[] = [...ends];
  for (const { path, record } of jobs) {
    const entry = working.find((candidate) => isSame(candidate, record.opened.entry));
    if (entry === undefined) {
      log.warn(
        { path },
        `job ${record.payload.id} of an earlier run belongs to a runner that is not configured any more`,
      );
      continue;
    }
    const { client } = entry;
    // Where its containers are, wherever the entry's new ones may be.
    const { daemon: host = entry.runner.docker.host } = record.opened.entry;
    const runner = { ...entry.runner, docker: { ...entry.runner.docker, host } };
    secrets.ofJob(record.payload);
    const way = resumptionOf(record);
    if (way === "adopt" || way === "begin-anew") {
      const held = new Map(record.leased.map((volume) => [volume, stores.reserve(volume) ?? (() => {})] as const));
      resumed.push({ path, record, runner, way, held, entry });
    } else {
      const recovery = recoverJob(context, { path, record, runner, client });
      recoveries.push(recovery.finally(() => secrets.jobIsGone(record.payload.id)));
    }
  }
  for (const recovery of recoveries) context.background(recovery);
  if (recoveries.length > 0) {
    const over = new AbortController();
    await Promise.race([Promise.allSettled(recoveries), clock.sleep(patienceMs, over.signal).catch(() => {})]);
    over.abort(new Error("the wait is over"));
  }
  return resumed;
}

/** Gives a job the place that it had, and goes on with it. */
export function resumeJob(
  context: AgentContext,
  poller: Poller<WorkingEntry>,
  job: ResumedJob,
  onEnded: () => void,
): void {
  const { record, entry, runner } = job;
  const { slot: project, runnerSlot = project } = record.opened.entry;
  const slot = { runner: runnerSlot, project };
  poller.adopt(entry.key, record.payload.job_info.project_id, slot, async (signal) => {
    const received = receivedEarlier(record, context.clock);
    try {
      await runJob(context, { received, runner, client: entry.client, slot, signal }, job);
    } catch (error) {
      context.log.error({ job: record.payload.id, err: error }, messageOf(error));
      context.background(recoverJob(context, { ...job, client: entry.client }));
    }
    onEnded();
  });
}

/** Names and urls may be edited between two starts; the token says whose job it is. */
function isSame({ runner }: WorkingEntry, entry: JobEntry): boolean {
  return shortToken(runner.token) === entry.runner;
}
