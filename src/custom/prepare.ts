import { formatDaemonAddress } from "../daemon/address.ts";
import { Daemons } from "../daemon/daemons.ts";
import { inspectContainer } from "../docker/container.ts";
import { Images } from "../executor/images.ts";
import { JobControl, JobEnd } from "../executor/job-end.ts";
import { registryLogins } from "../executor/registry-logins.ts";
import { Resources } from "../executor/resources.ts";
import { setUp } from "../executor/set-up.ts";
import { planVariable } from "../executor/plan-variable.ts";
import type { JobPlan } from "../job/plan.ts";
import { SpanRecorder } from "../spans/recorder.ts";
import { readsScript } from "../script/shell-detection.ts";
import { AgentError } from "../support/errors.ts";
import { ancestors, inCommon } from "./caller-life.ts";
import { type DriverCall, type DriverState, driverState } from "./driver.ts";
import { OutputTrace } from "./output-trace.ts";
import { planSession, type PlannedJob, readJobResponse } from "./plan-session.ts";
import { lockSession, reapOthers } from "./reap.ts";
import type { CallScene } from "./scene.ts";
import { Session } from "./session.ts";

const reapLimitMs = 60_000;
const disposeLimitMs = 60_000;

/**
 * `prepare_exec`: everything that the job runs in, down to the last service that must answer. Its words are the job's
 * log. What it made when it fails is removed, here or by `cleanup`.
 *
 * @param scene is filled as it is found out
 */
export async function prepareSession(call: DriverCall, scene: CallScene): Promise<void> {
  const state = await driverState(call.stateRoot, call.configFile);
  const trace = new OutputTrace(call.write);
  const { session, plan } = await openPlanned(call, state);
  Object.assign(scene, { session, plan });
  await using held = new AsyncDisposableStack();
  const lock = await lockSession(session);
  held.defer(() => lock.release());
  const reaped = await reapOthers(
    state.sessionsPath,
    session,
    call.clock,
    AbortSignal.any([call.signal, AbortSignal.timeout(reapLimitMs)]),
  );
  for (const problem of reaped) await trace.warning(problem);
  requireSameDirectories(call, plan);
  await makeAll(call, session, plan, trace);
}

/** As `config` has planned it, or planned now where the runner calls no `config`. */
async function openPlanned(call: DriverCall, state: DriverState): Promise<Omit<PlannedJob, "entry">> {
  const session = await Session.find(state.sessionsPath, call.caller.directory);
  if (session === null) return planSession(call, state, call.signal);
  const callers = inCommon(session.facts.ancestors, await ancestors(call.pid));
  await session.update({ ancestors: callers, calls: session.facts.calls + 1 });
  return { session, plan: await session.plan() };
}

/** Where the containers have the job's files, and where the runner's scripts look for them. */
function requireSameDirectories({ caller }: DriverCall, plan: JobPlan): void {
  const { CI_PROJECT_DIR: theirs = "" } = caller.variables;
  if (theirs === "" || theirs === plan.projectDir) return;
  throw new AgentError(
    "CUSTOM_DIRECTORIES",
    `the runner expects the job's files in ${theirs}, and Longshore has them in ${plan.projectDir}`,
    { hint: "let config_exec call `longshore-custom-config` with the arguments that prepare_exec has" },
  );
}

async function makeAll(call: DriverCall, session: Session, plan: JobPlan, trace: OutputTrace): Promise<void> {
  const { clock, signal, caller, home } = call;
  const control = new JobControl();
  const stop = () => control.abort(new JobEnd("canceled", "canceled"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const job = await readJobResponse(caller.jobResponseFile);
  await session.update({ state: "preparing" });
  for (const warning of plan.warnings) await trace.warning(warning);
  for (const notice of plan.notices) await trace.line(notice);
  const daemon = await new Daemons().get(session.facts.docker, control.job);
  const { engine } = daemon;
  const now = clock.monotonic();
  const spans = new SpanRecorder(() => clock.monotonic(), { askedAt: now, receivedAt: now }, "prepare_executor");
  const logins = await registryLogins(job, plan.dockerAuthConfig, home, (text) => trace.warning(text), control.job);
  const resources = new Resources(engine, async () => {}, plan.keepAnonymousVolumes);
  try {
    await spans.phase("prepare_executor", async (span) => {
      const ready = await setUp({
        engine,
        plan,
        resources,
        images: new Images(engine, logins, trace, clock, control.job, span),
        trace,
        clock,
        signal: control.job,
        daemon,
        spans,
        span,
        record: async () => {},
        stores: {
          take: () => Promise.reject(new Error("no layer store is leased to a job of another runner")),
          metrics: { storeTaken: () => {} },
        },
        startsAhead: false,
      });
      const build = await ready.readyForScript();
      await trace.line(`Using Docker daemon ${formatDaemonAddress(daemon.address)} (${daemon.facts.serverVersion})`);
      const { entrypoint } = await inspectContainer(engine, build.id, control.job);
      await session.writePlan(ready.plan);
      await session.update({
        state: "prepared",
        helper: ready.helper?.id ?? "",
        build: build.id,
        startsShell: readsScript(entrypoint),
      });
    });
    const host = planVariable(plan, "DOCKER_HOST");
    if (plan.wiring !== "none" && host !== "") await trace.line(`The job's Docker: ${host}`);
  } catch (error) {
    // For the explanations, what failed must still be there; a call that was cut short has nothing to explain.
    if (signal.aborted) await resources.dispose(AbortSignal.timeout(disposeLimitMs));
    throw control.job.aborted ? control.job.reason : error;
  }
}
