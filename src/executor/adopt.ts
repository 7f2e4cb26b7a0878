import type { DockerConfig } from "../config/schema.ts";
import type { ReceivedJob } from "../coordinator/job-request.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { inspectContainer } from "../docker/container.ts";
import { isDockerError } from "../docker/errors.ts";
import { isInterrupted, type JobRecord, type RecordedStage } from "../journal/job-record.ts";
import { readsScript } from "../script/shell-detection.ts";
import type { Clock } from "../support/clock.ts";
import { Limit } from "../support/limit.ts";
import type { JobTrace } from "../trace/job-trace.ts";
import type { AgentContext } from "./agent-context.ts";
import { BuildContainer } from "./build-container.ts";
import { isDaemonLost } from "./daemon-return.ts";
import { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { type EarlierJob, removeLeftovers } from "./leftovers.ts";
import { containerRemoved } from "./run-end.ts";
import type { JobSetUp } from "./set-up.ts";
import { StageFailure } from "./stage-failure.ts";

/** A daemon that comes up beside the agent is there within this time. */
const daemonPatienceMs = 120_000;
const daemonPauseMs = 1_000;
const clearLimitMs = 60_000;
const clearPauseMs = 1_000;
const mostClearings = 10;

/** A job that an earlier run of the agent had, and what is done with it. */
export interface EarlierRun extends EarlierJob {
  readonly way: "adopt" | "begin-anew";
}

/** A job of an earlier run of the agent as if it had been handed out now. */
export function receivedEarlier({ payload, received }: JobRecord, clock: Clock): ReceivedJob {
  const now = clock.monotonic();
  return { kind: "job", job: payload, ...received, askedAt: now, receivedAt: now };
}

/** What an adopted job has behind it; its containers are there, or they are missed. */
export function repeatedStages({ stages }: JobRecord): readonly RecordedStage[] {
  return stages.filter(({ name }) => name !== "prepare_executor");
}

/** As `Daemons.get`, for a daemon that may still be on its way up, as the agent is. */
export async function reachDaemon(
  { daemons, clock }: AgentContext,
  docker: DockerConfig,
  signal: AbortSignal,
): Promise<Daemon> {
  const since = clock.monotonic();
  for (;;) {
    try {
      return await daemons.get(docker, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isDaemonLost(error) || clock.monotonic() - since > daemonPatienceMs) throw error;
      await clock.sleep(daemonPauseMs, signal);
    }
  }
}

/**
 * Removes what the job's first life has made, before it begins anew.
 * @throws StageFailure when something can't be removed: it may still work where the job will
 */
export async function clearAway(
  agent: AgentContext,
  job: EarlierJob,
  trace: JobTrace,
  signal: AbortSignal,
): Promise<void> {
  await reachDaemon(agent, job.runner.docker, signal);
  using limit = new Limit(clearLimitMs, signal);
  let problems = await removeLeftovers(agent, job, limit.signal);
  for (let again = 0; problems.length > 0 && again < mostClearings && !limit.signal.aborted; again++) {
    // The daemon may still have been making something for the dead agent.
    await agent.clock.sleep(clearPauseMs, signal);
    problems = await removeLeftovers(agent, job, limit.signal);
  }
  if (problems.length > 0) {
    const what = `what the job had before the runner was started anew can't be removed: ${problems.join("; ")}`;
    throw new StageFailure("container-fault", what);
  }
  const last = job.record.stages.at(-1);
  if (last !== undefined && isInterrupted(last)) await trace.openSection(last.name, async () => {});
  await trace.warning("The runner was started anew before the script began: the job begins from the start");
}

/**
 * The set-up of a job whose script an earlier run of the agent has begun, as it is found on the daemon.
 *
 * @throws StageFailure when one of its containers is gone
 */
export async function adoptSetUp(context: JobContext, record: JobRecord): Promise<JobSetUp> {
  const { engine, plan, trace, clock, spans, control } = context;
  const signal = control.job;
  /** null for one that the job never had. */
  const find = async (name: string, which: string) => {
    const id = record.containers.findLast((container) => container.name === name)?.id;
    if (id === undefined) return null;
    try {
      return { id, ...(await inspectContainer(engine, id, signal)) };
    } catch (error) {
      if (isDockerError(error, "not-found")) throw containerRemoved(error, which);
      throw error;
    }
  };
  const [ofHelper, ofBuild] = await Promise.all([find(plan.helper.name, "helper"), find(plan.build.name, "build")]);
  if (ofBuild === null) throw containerRemoved(null);
  const helper = ofHelper === null ? null : new Helper(engine, ofHelper.id, trace);
  // What the dead agent's last command does there nobody would ever hear of.
  helper?.renew();
  return {
    plan,
    helper,
    readyForScript: async () => {
      const { id, entrypoint } = ofBuild;
      const build = new BuildContainer({
        engine,
        id,
        image: plan.build.image,
        trace,
        clock,
        spans,
        startsShell: readsScript(entrypoint),
        nativeStop: plan.nativeStop,
        record: (container, run) => context.record({ type: "runBegun", container, ...run }),
        recordTaken: (container) => context.record({ type: "runTaken", container }),
        remake: null,
      });
      const last = record.stages.at(-1);
      const goesOn = last !== undefined && isInterrupted(last) && last.run !== null;
      if (!goesOn) await build.leaveBehind(signal);
      return build;
    },
  };
}
