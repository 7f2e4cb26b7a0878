import type { Duplex } from "node:stream";
import {
  attachContainer,
  inspectContainer,
  startContainer,
  stopContainer,
  waitContainer,
} from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError, toDockerError } from "../docker/errors.ts";
import { runExec } from "../docker/exec.ts";
import type { RunBeginning } from "../journal/events.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import type { Clock } from "../support/clock.ts";
import { AgentError } from "../support/errors.ts";
import type { Trace } from "../trace/trace.ts";
import { ContainerOutput } from "./container-output.ts";
import { awaitDaemon, isDaemonLost } from "./daemon-return.ts";
import { hasEndedAs } from "./job-end.ts";
import { containerRemoved, ranOutOfMemory, requireOwnEnd } from "./run-end.ts";
import { startFailure } from "./start-failure.ts";

/** How long processes get to end after SIGTERM before the container is stopped, in seconds. */
const graceSeconds = 10;
const stopLimitMs = 60_000;
/** Exit and end of the streams are one moment; a container that outlives them by this long goes on running. */
const cutAfterMs = 2_000;
/** The stream of a stopped container ends at once; a daemon that hangs must not hold the job. */
const lastOutputMs = 5_000;
/** Between two looks at a container whose log ends again and again while it runs. */
const cutPauseMs = 500;
const mostStarts = 3;

export interface ScriptResult {
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

export interface BuildContainerOptions {
  readonly engine: Engine;
  readonly id: string;
  /** Its name, for messages. */
  readonly image: string;
  readonly trace: Trace;
  readonly clock: Clock;
  readonly spans: Pick<SpanRecorder, "run">;
  /** Writes down how a run begins, before its script is given to the container. */
  readonly record: (beginning: RunBeginning) => Promise<void>;
}

/**
 * The container of the author's scripts. Each script is one run of it: its main process is the shell that reads the
 * script from standard input, so files stay from script to script and processes don't.
 */
export class BuildContainer {
  readonly #options: BuildContainerOptions;
  readonly #output: ContainerOutput;
  /** A run that was started ahead of its script. */
  #waiting: Duplex | null = null;

  constructor(options: BuildContainerOptions) {
    this.#options = options;
    this.#output = new ContainerOutput(options.engine, options.id, options.trace);
  }

  get id(): string {
    return this.#options.id;
  }

  /** Starts the shell before its script is known: a container takes several hundred milliseconds to start. */
  async startAhead(signal: AbortSignal): Promise<void> {
    this.#waiting = await this.#start(signal);
  }

  /**
   * Runs a script to its end. When `signal` aborts, the processes are stopped and its reason is thrown; the container
   * can run another script then.
   */
  run(script: string, signal: AbortSignal): Promise<ScriptResult> {
    return this.#guarded(signal, async (connection) => {
      const stream = this.#waiting ?? (await this.#options.spans.run("start", {}, () => this.#start(signal)));
      this.#waiting = null;
      connection.addEventListener("abort", () => stream.destroy(), { once: true });
      await this.#options.record(this.#output.beginRun());
      // What was cancelled while its container started must not begin.
      signal.throwIfAborted();
      stream.write(script);
      stream.end();
      await this.#output.copy(stream).catch(passConnectionLost);
      const exitCode = await this.#endsSoon(signal);
      if (exitCode !== null) return exitCode;
      await this.#options.trace.warning(
        "The connection to the container was cut; its log goes on from the daemon's copy",
      );
      return this.#goOn(connection, signal);
    });
  }

  /**
   * Goes on with a script that an earlier run of the agent gave to the container; otherwise as `run`. null: it never
   * began, and can be run.
   */
  async resume(beginning: RunBeginning, signal: AbortSignal): Promise<ScriptResult | null> {
    this.#output.resumeRun(beginning);
    const result = await this.#guarded(signal, async (connection) => {
      const exitCode = await this.#goOn(connection, signal);
      if (this.#output.began) await this.#output.settle();
      return exitCode;
    });
    return this.#output.began ? result : null;
  }

  /**
   * As `run`, after an earlier run of the agent: the daemon may still be starting the container for that one, and a shell
   * that is started so finds no script.
   */
  async runAnew(script: string, signal: AbortSignal): Promise<ScriptResult> {
    for (let attempt = 1; ; attempt++) {
      await this.leaveBehind(signal);
      try {
        const result = await this.run(script, signal);
        if (this.#output.began || result.exitCode !== 0 || attempt === mostStarts) return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAlreadyStarted(error) || attempt === mostStarts) throw error;
      }
      await this.#options.clock.sleep(cutPauseMs, signal);
    }
  }

  /** All that the container has printed until now is in the log, or doesn't belong there; what still runs is ended. */
  async leaveBehind(signal: AbortSignal): Promise<void> {
    await stopContainer(this.#options.engine, this.id, 0, signal);
    await this.#output.skipAll(signal);
  }

  async #guarded(signal: AbortSignal, body: (connection: AbortSignal) => Promise<number>): Promise<ScriptResult> {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const onAbort = () => aborted.reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    const connection = new AbortController();
    const { engine } = this.#options;
    const running = body(connection.signal);
    running.catch(() => {});
    try {
      const exitCode = await Promise.race([running, aborted.promise]);
      return { exitCode, oomKilled: exitCode !== 0 && (await ranOutOfMemory(engine, this.id, exitCode, signal)) };
    } catch (error) {
      if (isDockerError(error, "not-found") && !signal.aborted) throw containerRemoved(error);
      if (!hasEndedAs(signal, "daemon-lost")) {
        await this.terminate();
        // What the script printed while it was stopped belongs to the log.
        await Promise.race([running.catch(() => {}), this.#options.clock.sleep(lastOutputMs)]);
        await this.#output.skipAll(AbortSignal.timeout(lastOutputMs)).catch(() => {});
      }
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      connection.abort(new Error("the run is over"));
      this.#output.endRun();
      await this.#options.trace.flush();
    }
  }

  /**
   * Ends the current run: SIGTERM to every process in the container, a grace period, then the container is stopped.
   * Never under the job's signal, which has aborted already when this is needed.
   */
  async terminate(): Promise<void> {
    const { engine } = this.#options;
    const signal = AbortSignal.timeout(stopLimitMs);
    try {
      const everyone = { command: ["sh", "-c", "kill -TERM -1; kill -TERM 1"], env: [], user: "0", workingDir: "" };
      await runExec(engine, this.id, everyone, "", async () => {}, signal);
      await waitContainer(engine, this.id, AbortSignal.any([signal, AbortSignal.timeout(graceSeconds * 1000)]));
    } catch {
      // No shell, not running any more, or deaf to SIGTERM: stopping covers all three.
    }
    await stopContainer(engine, this.id, graceSeconds, signal).catch(() => {});
  }

  /** With its container a stream ends, too; null for one that ended alone: it was cut somewhere between the daemon and us. */
  async #endsSoon(signal: AbortSignal): Promise<number | null> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const late = this.#options.clock.sleep(cutAfterMs, either).then(() => null);
    late.catch(() => {});
    const ended = waitContainer(this.#options.engine, this.id, either);
    ended.catch(() => {});
    try {
      return await Promise.race([ended, late]);
    } catch (error) {
      signal.throwIfAborted();
      if (isDaemonLost(error)) return null;
      throw error;
    } finally {
      over.abort(new Error("it has ended"));
    }
  }

  /** Takes the rest of the run from the daemon's copy of its output, however often the way to the daemon is cut. */
  async #goOn(connection: AbortSignal, signal: AbortSignal): Promise<number> {
    const { engine, clock } = this.#options;
    for (;;) {
      try {
        await this.#output.follow(connection).catch(passConnectionLost);
        const state = await inspectContainer(engine, this.id, signal);
        if (!state.running) {
          // What it printed between the end of the stream and its own end.
          await this.#output.follow(connection);
          await requireOwnEnd(engine, state, signal);
          return state.exitCode;
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!isDaemonLost(error)) throw error;
        await awaitDaemon(engine, clock, error, signal);
      }
      await clock.sleep(cutPauseMs, signal);
    }
  }

  async #start(signal: AbortSignal): Promise<Duplex> {
    const { engine, image } = this.#options;
    const stream = await attachContainer(engine, this.id, signal);
    // The daemon closes it when the container goes; whoever reads it hears of that.
    stream.on("error", () => {});
    try {
      await startContainer(engine, this.id, signal);
    } catch (error) {
      stream.destroy();
      throw startFailure(error, image);
    }
    return stream;
  }
}

function isAlreadyStarted(error: unknown): boolean {
  const { statusCode, cause } = error as { readonly statusCode?: unknown; readonly cause?: unknown };
  return statusCode === 304 || (cause instanceof Error && isAlreadyStarted(cause));
}

/** Of a stream: it ends, however it ends. What the log can't take is no fault of the connection. */
function passConnectionLost(error: unknown): void {
  if (error instanceof AgentError) throw error;
  if (!isDaemonLost(toDockerError("read the container's output", error))) throw error as Error;
}
