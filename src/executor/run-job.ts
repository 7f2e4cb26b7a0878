import type { ReceivedJob } from "../coordinator/job-request.ts";
import { acknowledge } from "./acknowledge.ts";
import { removeUntilGone } from "./removal.ts";
import { reportUnstarted } from "./report-unstarted.ts";
import { goDuration } from "../job/labels.ts";
import { jobTimeoutSeconds } from "../job/timeout.ts";
import type { Explanation } from "../explain/explain.ts";
import { closingReport } from "../explain/report.ts";
import { closingLine, finalUpdate, type JobOutcome } from "../job/outcome.ts";
import { SpanRecorder } from "../spans/recorder.ts";
import type { JournalEvent } from "../journal/events.ts";
import { messageOf } from "../support/errors.ts";
import type { AgentContext } from "./agent-context.ts";
import type { EarlierRun } from "./adopt.ts";
import type { Assignment } from "./assignment.ts";
import { execute } from "./execute.ts";
import { finishLate } from "./finish-late.ts";
import { JobControl, JobEnd } from "./job-end.ts";
import { type JobLog, openJobLog } from "./job-log.ts";
import { takeBackUploads } from "./upload-note.ts";
import { jobReport } from "./job-spans.ts";

/** A job that ends after the agent was told to has no hours for its last words. */
const lastWordsMs = 300_000;
const refusalPauseMs = 30_000;

/**
 * Runs one job from its acceptance to its final state. Resolves when that is delivered (or can't be); what the job made
 * is removed in the background after it. Never rejects for what happens to the job: that is its outcome.
 */
export async function runJob(
  agent: AgentContext,
  assignment: Assignment,
  earlier: EarlierLife | null = null,
): Promise<void> {
  const { received, client, signal } = assignment;
  const { job } = received;
  const { clock, log } = agent;
  const spans = new SpanRecorder(() => clock.monotonic(), received, "receive");
  const control = new JobControl();
  let jobLog: JobLog;
  try {
    jobLog = await openJobLog(agent, assignment, control, earlier);
    if (earlier !== null) await takeDown(agent, earlier, jobLog);
  } catch (error) {
    if (earlier !== null) throw error;
    return refuse(agent, assignment, error);
  }
  agent.metrics.started();
  // A cancel that comes first must not take after_script from a script that runs already.
  if (earlier?.way === "adopt") control.enterScripts();

  const terminate = () => control.abort(new JobEnd("agent-terminated", "aborted: the runner is being shut down"));
  signal.addEventListener("abort", terminate, { once: true });
  if (signal.aborted) terminate();
  const overtime = new AbortController();
  const timeoutSeconds = jobTimeoutSeconds(job);
  const goneMs = earlier === null ? 0 : Math.max(0, clock.now() - earlier.record.opened.at);
  clock.sleep(timeoutSeconds * 1000 - goneMs, overtime.signal).then(
    () => control.abort(new JobEnd("job-timeout", `execution took longer than ${goDuration(timeoutSeconds)} seconds`)),
    () => {},
  );

  const accepted = spans.beside("accept", () => acknowledge(client, received, control, jobLog, clock, overtime.signal));
  const { outcome, explanations, removeAll } = await execute(
    agent,
    assignment,
    control,
    jobLog,
    spans,
    earlier,
    accepted,
  );
  spans.enter("final");
  overtime.abort(new Error("the job has ended"));
  signal.removeEventListener("abort", terminate);

  const isOurs = await accepted;
  let delivery: "delivered" | "aborted" | "gave-up" = "aborted";
  try {
    if (isOurs) delivery = await finish(agent, jobLog, outcome, explanations, received, signal);
    else await jobLog.uploader.stop();
  } catch (error) {
    log.error({ job: job.id, err: error }, `job ${job.id}: its final state could not be reported: ${messageOf(error)}`);
    delivery = "gave-up";
  }
  spans.finish();
  tellAgent(agent, job.id, explanations, jobLog);
  const failureReason = outcome.state === "failed" ? outcome.reason : "";
  agent.metrics.ended({ failureReason, seconds: spans.durationMs / 1000 });
  log.info({ job: job.id, state: outcome.state, failureReason, delivery }, `job ${job.id} ended`);
  const cleaned = spans.after("removal", () => cleanUp(agent, assignment, jobLog, removeAll, delivery !== "gave-up"));
  if (delivery === "gave-up") agent.background(finishLate(agent, assignment, jobLog, outcome, cleaned));
  agent.background(cleaned.then(() => agent.reportSpans(jobReport(agent, assignment, outcome, spans, jobLog.trace))));
}

/** A job that an earlier run of the agent had, with its journal. */
export interface EarlierLife extends EarlierRun {
  readonly path: string;
}

async function takeDown(
  { state, clock, log }: AgentContext,
  { way, record }: EarlierLife,
  { journal }: JobLog,
): Promise<void> {
  const job = record.payload.id;
  await journal.append({ type: "resumed", boot: state.boot, at: clock.now(), anew: way === "begin-anew" });
  const what = way === "adopt" ? "goes on where it was" : "begins anew, since its script had not begun";
  log.info({ job, way }, `job ${job} of an earlier run ${what}`);
}

/**
 * What can't be journalled isn't run. The slot is held for a while, so that an agent whose disk is full doesn't fail one
 * job after another as fast as the coordinator hands them out.
 */
async function refuse(agent: AgentContext, { received, client, signal }: Assignment, error: unknown): Promise<void> {
  const { job } = received;
  agent.log.error({ job: job.id, err: error }, `job ${job.id} can't be begun: ${messageOf(error)}`);
  agent.stateRoom.suspect(error);
  await reportUnstarted(client, job, `the runner can't begin this job: ${messageOf(error)}`, agent.clock);
  await agent.clock.sleep(refusalPauseMs, signal).catch(() => {});
}

async function finish(
  { log }: AgentContext,
  { trace, journal, uploader }: JobLog,
  outcome: JobOutcome,
  explanations: readonly Explanation[],
  { job }: ReceivedJob,
  signal: AbortSignal,
) {
  for (const line of closingReport(outcome.state === "failed" ? outcome.hint : "", explanations))
    await trace.line(line);
  if (outcome.state === "success") await trace.info(closingLine(outcome));
  else await trace.error(closingLine(outcome));
  await trace.flush();
  const update = finalUpdate(outcome, job.features?.failure_reasons ?? []);
  // Without these a start of the agent that comes too early would report the job again: no reason not to report it now.
  const record = (event: JournalEvent) =>
    journal.append(event).catch((error: unknown) => log.error({ job: job.id, err: error }, messageOf(error)));
  await record({ type: "outcome", update });
  // A disk that takes no more of the log has been told of, and must not keep the state back.
  await trace.close().catch((error: unknown) => log.error({ job: job.id }, messageOf(error)));
  const limit = new AbortController();
  const shorten = () => setTimeout(() => limit.abort(new Error("the agent ends")), lastWordsMs).unref();
  if (signal.aborted) shorten();
  signal.addEventListener("abort", shorten, { once: true });
  const delivery = await uploader.finish(update, { signal: limit.signal });
  signal.removeEventListener("abort", shorten);
  if (delivery === "delivered") await record({ type: "finalAcknowledged" });
  return delivery;
}

/** For those who look after many jobs: a line each in the agent's log, and counts. */
function tellAgent(
  { log, metrics }: AgentContext,
  job: number,
  explanations: readonly Explanation[],
  { trace }: JobLog,
): void {
  for (const { rule, cause, seen, author: forAuthor, admin: forAdmin } of explanations) {
    const [what, where, author, admin] = [cause, seen, forAuthor, forAdmin].map((text) => trace.hide(text));
    const finding = { rule, cause: what, seen: where, author, admin };
    log.info({ job, finding }, `job ${job} is explained by ${rule}`);
    metrics.explained(rule);
  }
}

async function cleanUp(
  agent: AgentContext,
  { received, runner }: Assignment,
  jobLog: JobLog,
  removeAll: (signal: AbortSignal) => Promise<string[]>,
  isReported: boolean,
): Promise<boolean> {
  const jobId = received.job.id;
  const problems = await removeUntilGone(agent, removeAll);
  await takeBackUploads(agent, runner.cache, jobLog.journal.path);
  try {
    // What its disk did not take is no loss once the coordinator has it.
    await jobLog.close().catch((error: unknown) => problems.push(...(isReported ? [] : [messageOf(error)])));
    if (isReported && problems.length === 0) await jobLog.journal.remove();
    else await jobLog.journal.close();
  } catch (error) {
    problems.push(messageOf(error));
  }
  for (const problem of problems) agent.log.warn({ job: jobId }, `job ${jobId}: could not be cleaned up: ${problem}`);
  return problems.length === 0;
}
