import { protocolVersion } from "../coordinator/info.ts";
import { shortToken } from "../coordinator/token.ts";
import { formatDaemonAddress } from "../daemon/address.ts";
import type { DaemonLoss } from "../daemon/daemon-watch.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { sweepComposeProject } from "../docker/sweep.ts";
import type { Explanation } from "../explain/explain.ts";
import { changedFlags } from "../job/feature-flags.ts";
import { jobFeatureFlags } from "../job/job-variables.ts";
import type { JobOutcome } from "../job/outcome.ts";
import type { JobPlan } from "../job/plan.ts";
import type { JobRecord } from "../journal/job-record.ts";
import { JobRefusal } from "../job/refusal.ts";
import { stageLimits } from "../job/stage-limits.ts";
import { jobTimeoutSeconds } from "../job/timeout.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import { messageOf } from "../support/errors.ts";
import { withLimit } from "../support/limit.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Assignment } from "./assignment.ts";
import { explanationsOf } from "./explanations.ts";
import { adoptSetUp, clearAway, type EarlierRun, reachDaemon, repeatedStages } from "./adopt.ts";
import { Images } from "./images.ts";
import type { JobContext } from "./job-context.ts";
import { hasEndedAs, type JobControl, JobEnd } from "./job-end.ts";
import type { JobLog } from "./job-log.ts";
import { isRefusedContainer, judge } from "./judge.ts";
import { prepareJob } from "./prepare.ts";
import { registryLogins } from "./registry-logins.ts";
import { removeLeftovers } from "./leftovers.ts";
import { openRemoteCache } from "./remote-cache.ts";
import { stageRunner } from "./stage-runner.ts";
import { Resources } from "./resources.ts";
import { runStages } from "./run-stages.ts";
import { type JobSetUp, setUp } from "./set-up.ts";
import { withServiceLogs } from "./service-log-stream.ts";
import { StageFailure } from "./stage-failure.ts";
import { withinLimit } from "./stage-limit.ts";

const prepareAttempts = 3;
const preparePauseMs = 3_000;
const retryCleanUpMs = 60_000;
const cutRemovalMs = 30_000;

export interface ExecutedJob {
  readonly outcome: JobOutcome;
  /** Why it failed, the cause first; what it loses when it succeeded. */
  readonly explanations: readonly Explanation[];
  /** Removes all that the job made; returns what could not be removed. */
  readonly removeAll: (signal: AbortSignal) => Promise<string[]>;
}

/**
 * Runs all stages of a job. Never rejects: what goes wrong is the outcome.
 *
 * @param accepted when the coordinator knows that the job runs, or can't be told
 */
export async function execute(
  agent: AgentContext,
  assignment: Assignment,
  control: JobControl,
  jobLog: JobLog,
  spans: SpanRecorder,
  earlier: EarlierRun | null,
  accepted: Promise<unknown>,
): Promise<ExecutedJob> {
  const { trace } = jobLog;
  const { runner } = assignment;
  const made: { daemon: Daemon | null; plan: JobPlan | null; resources: Resources[] } = {
    daemon: null,
    plan: null,
    // One for each try of the set-up: what could not be removed after one is removed after the last.
    resources: [],
  };
  const removeAll = async (signal: AbortSignal, quickly = false): Promise<string[]> => {
    const problems = (await Promise.all(made.resources.map((each) => each.dispose(signal, quickly)))).flat();
    if (earlier !== null) problems.push(...(await removeLeftovers(agent, earlier, signal)));
    // An adopted job's is among its leftovers.
    const project = past === null ? (made.plan?.composeProject ?? "") : "";
    if (made.daemon !== null && project !== "") {
      problems.push(...(await sweepComposeProject(made.daemon.engine, project, signal)));
    }
    return problems;
  };
  const explained = (outcome: JobOutcome, error: unknown) => {
    const { output } = jobLog;
    const hide = (text: string) => trace.hide(text);
    // A daemon that doesn't answer has nothing to tell of the job's containers either.
    const daemon = hasEndedAs(control.job, "daemon-lost") ? null : made.daemon;
    return explanationsOf(agent, { jobId: assignment.received.job.id, outcome, error, ...made, daemon, output, hide });
  };
  const past = earlier?.way === "adopt" ? earlier : null;
  const stage = stageRunner(jobLog, spans, agent.clock, past === null ? [] : repeatedStages(past.record));
  const { docker } = runner;
  using watched = new DisposableStack();
  const lost = ({ message, hint }: DaemonLoss) => control.abort(new JobEnd("daemon-lost", message, hint));
  const beginWatch = () => watched.use(agent.daemonWatch.watch(docker, lost));
  const awaitDaemon = (after: unknown) =>
    agent.daemonWatch.ready(docker, after, control.job, (text) => trace.warning(text));
  const takeUp = async ({ record }: EarlierRun) => {
    const plan = record.plan as JobPlan;
    made.plan = plan;
    for (const mask of plan.masks) trace.addMask(mask);
    const daemon = await reachDaemon(agent, runner.docker, control.job);
    made.daemon = daemon;
    beginWatch();
    const context = contextOf(agent, assignment, control, jobLog, daemon, plan, stage, spans, record);
    return [context, await adoptSetUp(context, record)] as const;
  };
  const prepare = () =>
    stage("prepare_executor", async (span) => {
      const { received, slot } = assignment;
      await awaitDaemon(null);
      beginWatch();
      const daemon = await span.run("daemon", {}, () => agent.daemons.get(runner.docker, control.job));
      made.daemon = daemon;
      const plan = await span.run("plan", {}, () => prepareJob(agent, received, runner, daemon, slot, control.job));
      made.plan = plan;
      await jobLog.journal.writePlan(plan);
      for (const mask of plan.masks) trace.addMask(mask);
      for (const warning of plan.warnings) await trace.warning(warning);
      for (const notice of plan.notices) await trace.line(notice);
      const jobContext = contextOf(agent, assignment, control, jobLog, daemon, plan, stage, spans);
      const logins = await registryLogins(
        received.job,
        plan.dockerAuthConfig,
        agent.home,
        (text) => trace.warning(text),
        control.job,
      );
      const ready = await setUpWithRetries(
        jobContext,
        async () => {
          const resources = new Resources(
            daemon.engine,
            (event) => jobLog.journal.append(event),
            plan.keepAnonymousVolumes,
          );
          made.resources.push(resources);
          const host = formatDaemonAddress(daemon.address);
          const images = new Images(daemon.engine, logins, trace, agent.clock, control.job, span, (image) =>
            agent.usage.imageUsed(host, image),
          );
          return setUp({
            ...jobContext,
            resources,
            images,
            signal: control.job,
            span,
            stores: agent.stores.of(daemon, agent.metrics),
            daemon,
          });
        },
        removeAll,
        awaitDaemon,
      );
      if (ready.plan !== plan) await jobLog.journal.writePlan(ready.plan);
      // Before that the job's token opens neither sources nor artifacts.
      await orAborted(accepted, control.job);
      return [{ ...jobContext, plan: ready.plan }, ready] as const;
    });
  const { prepare: prepareLimit } = stageLimits(runner, jobTimeoutSeconds(assignment.received.job));
  const limitedPrepare = () => withinLimit({ clock: agent.clock, control }, prepareLimit, prepare);
  try {
    if (earlier === null) await header(agent, assignment, trace);
    else if (past === null) await clearAway(agent, earlier, trace, control.job);
    const [context, jobSetUp] = past === null ? await limitedPrepare() : await takeUp(past);
    await withServiceLogs(context, runner.debug_trace_disabled, trace, () => runStages(context, jobSetUp));
    // All stages may be over by then.
    if (hasEndedAs(control.job, "log-lost")) control.job.throwIfAborted();
    const outcome = { state: "success" } as const;
    return { outcome, explanations: await explained(outcome, null), removeAll };
  } catch (error) {
    // An adopted job may fail before it has come to what it has not behind it.
    trace.isRepeating = false;
    const cause: unknown = control.job.aborted ? control.job.reason : error;
    const outcome = judge(cause);
    const explanations = await explained(outcome, cause);
    agent.daemonWatch.suspect(docker, error);
    // What was cut may still write where the slot's next job will work.
    if (control.job.aborted && !hasEndedAs(control.job, "daemon-lost"))
      await spans.phase("removal", () => withLimit(cutRemovalMs, (limit) => removeAll(limit, true))).catch(() => {});
    return { outcome, explanations, removeAll };
  }
}

/** A set-up that fails for reasons of the daemon's is tried again; one that the job or the configuration makes fail is not. */
async function setUpWithRetries(
  { control, trace, clock }: JobContext,
  attempt: () => Promise<JobSetUp>,
  removeAll: (signal: AbortSignal) => Promise<string[]>,
  awaitDaemon: (after: unknown) => Promise<void>,
): Promise<JobSetUp> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      control.job.throwIfAborted();
      const classified = error instanceof StageFailure || error instanceof JobRefusal || isRefusedContainer(error);
      if (classified || number >= prepareAttempts) throw error;
      await trace.error(`Preparation failed: ${messageOf(error)}`);
      await awaitDaemon(error);
      await trace.line(`Will be retried in ${preparePauseMs / 1000}s ...`);
      await withLimit(retryCleanUpMs, removeAll);
      await clock.sleep(preparePauseMs, control.job);
    }
  }
}

async function header(agent: AgentContext, { runner, received }: Assignment, trace: JobLog["trace"]): Promise<void> {
  const { version, revision } = agent.identity;
  await trace.line(`Running with longshore ${version} (${revision}), gitlab-runner ${protocolVersion} compatible`);
  await trace.line(`  on ${runner.name} ${shortToken(runner.token)}, system ID: ${agent.systemId}`);
  const flags = changedFlags(jobFeatureFlags({ payload: received.job, runner }));
  if (flags !== "") await trace.line(`  feature flags: ${flags}`);
}

function contextOf(
  agent: AgentContext,
  { received, client, runner }: Assignment,
  control: JobControl,
  { trace, journal, output }: JobLog,
  daemon: Daemon,
  plan: JobPlan,
  stage: JobContext["stage"],
  spans: SpanRecorder,
  record: JobRecord | null = null,
): JobContext {
  const ofScripts = plan.steps.map((step): string => step.stage);
  return {
    engine: daemon.engine,
    plan,
    trace,
    output,
    clock: agent.clock,
    control,
    client,
    jobToken: received.job.token,
    scratch: journal.path,
    remoteCache: () => openRemoteCache(agent.cacheStores, runner.cache, plan.remoteCache, { trace }),
    agentHost: agent.hostname,
    stage,
    spans,
    record: (event) => journal.append(event),
    uploaded: record?.uploaded ?? [],
    scriptsBeganAt: record?.stages.find(({ name }) => ofScripts.includes(name))?.startedAt ?? null,
  };
}
