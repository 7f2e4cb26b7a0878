import { inspectContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { followStampedLog } from "../docker/stamped-log.ts";
import { debugSettings } from "../job/debug-settings.ts";
import { environmentValue } from "../job/image-config.ts";
import type { ServiceSpec } from "../job/plan.ts";
import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import type { JobTrace } from "../trace/job-trace.ts";
import { isDaemonLost, passConnectionLost } from "./daemon-return.ts";
import type { JobContext } from "./job-context.ts";
import { ServiceLogTaker } from "./service-log-taker.ts";

const pauseMs = 1_000;

interface ServiceLogContext {
  readonly engine: Engine;
  readonly trace: Pick<JobTrace, "writeService" | "serviceTaken" | "lineMasker" | "warning">;
  readonly clock: Clock;
  /** The job's end. */
  readonly signal: AbortSignal;
}

/**
 * Runs the stages of a job; with CI_DEBUG_SERVICES what services print is in the log, too.
 *
 * @param isDisabled `debug_trace_disabled` of the [[runners]] entry
 */
export async function withServiceLogs(
  { engine, plan, clock, control }: Pick<JobContext, "engine" | "plan" | "clock" | "control">,
  isDisabled: boolean,
  trace: ServiceLogContext["trace"],
  stages: () => Promise<void>,
): Promise<void> {
  const variables = { get: (name: string) => environmentValue(plan.build.env, name) ?? "" };
  const { services } = debugSettings(variables, isDisabled);
  const context = { engine, trace, clock, signal: control.job };
  await using _logs = services ? streamServiceLogs(context, plan.services) : null;
  await stages();
}

/**
 * Brings what services print into the job's log while it runs (CI_DEBUG_SERVICES), from their first line on. A
 * connection that is cut is made anew, and so is one that an earlier run of the agent had; the log goes on with the
 * line that comes next. The job waits for nothing of it: disposed of, it ends at once.
 */
function streamServiceLogs(context: ServiceLogContext, services: readonly ServiceSpec[]): AsyncDisposable {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const streams = services.map((service) =>
    follow({ ...context, signal }, service).catch(async (error: unknown) => {
      if (signal.aborted) return;
      await context.trace.warning(`error streaming logs for container ${service.container.name}: ${messageOf(error)}`);
    }),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      over.abort(new Error("the job has ended"));
      await Promise.allSettled(streams);
    },
  };
}

async function follow(context: ServiceLogContext, { container }: ServiceSpec): Promise<void> {
  const { engine, clock, signal } = context;
  for (let isEnded = false; ;) {
    try {
      await copy(context, container);
      if (isEnded) return;
      // A stream ends with its container, or because it was cut.
      isEnded = !(await inspectContainer(engine, container.name, signal)).running;
    } catch (error) {
      signal.throwIfAborted();
      if (isDockerError(error, "not-found")) return;
      if (!isDaemonLost(error)) throw error;
    }
    if (!isEnded) await clock.sleep(pauseMs, signal);
  }
}

/** Takes what the log has not got yet, until the stream ends. */
async function copy(
  { engine, trace, signal }: ServiceLogContext,
  { name, aliases }: ServiceSpec["container"],
): Promise<void> {
  const taker = new ServiceLogTaker(aliases, trace.serviceTaken(name), () => trace.lineMasker());
  const write = async (bytes: Buffer) => {
    if (bytes.length > 0) await trace.writeService(name, bytes, taker.taken);
  };
  const log = await followStampedLog(engine, name, signal);
  try {
    for await (const chunk of log) await write(taker.take(chunk));
  } catch (error) {
    signal.throwIfAborted();
    passConnectionLost(error);
  }
  // Of a container that runs on, the line may: it comes again with the next connection.
  if (!(await inspectContainer(engine, name, signal)).running)
    for (const source of ["stdout", "stderr"] as const) await write(taker.flush(source));
}
