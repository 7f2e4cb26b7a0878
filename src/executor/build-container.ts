import type { Duplex } from "node:stream";
import { attachContainer, inspectContainer, startContainer, stopContainer } from "../docker/container.ts";
import { isDockerError } from "../docker/errors.ts";
import type { RunBeginning } from "../journal/events.ts";
import type { BuildContainerOptions, MarkedScript, ScriptResult } from "./build-container-options.ts";
import { orAborted } from "../support/or-aborted.ts";
import { awaitGone } from "./container-loss.ts";
import { ContainerOutput } from "./container-output.ts";
import { awaitDaemon, isDaemonLost, passConnectionLost } from "./daemon-return.ts";
import { hasEndedAs } from "./job-end.ts";
import {
  containerRemoved,
  endsWithin,
  mayBeStopped,
  ranOutOfMemory,
  requireOwnEnd,
  scriptNotTaken,
} from "./run-end.ts";
import { Silence } from "./silence.ts";
import { isAlreadyStarted, startFailure } from "./start-failure.ts";
import { terminateRun } from "./terminate-run.ts";

/** Exit and end of the streams are one moment; a container that outlives them by this long goes on running. */
const cutAfterMs = 2_000;
/** The stream of a stopped container ends at once; a daemon that hangs must not hold the job. */
const lastOutputMs = 5_000;
const cutPauseMs = 500;
const mostStarts = 3;
/** Without a byte from the daemon; far more than a shell needs to begin with its script. */
const silentMs = 10_000;

/**
 * The container of the author's scripts. Each script is one run of it: its main process is the shell that reads the
 * script from standard input, so files stay from script to script and processes don't.
 */
export class BuildContainer {
  readonly #options: BuildContainerOptions;
  #id: string;
  #output: ContainerOutput;
  /** The shell of the last run got no script, or only a part of it, and may be given it again. */
  #isUntaken = false;
  /** Nobody knows whether the main process got all of the script. */
  #isCut = false;
  #triesLeft = 0;
  /** A run that was started ahead of its script. */
  #waiting: Duplex | null = null;

  constructor(options: BuildContainerOptions) {
    this.#options = options;
    this.#id = options.id;
    this.#output = this.#outputOf(options.id);
  }

  get id(): string {
    return this.#id;
  }

  /** Puts a container in place of one that was removed; null where none can be made. */
  get replace(): ((signal: AbortSignal) => Promise<void>) | null {
    const { remake, engine, clock } = this.#options;
    if (remake === null) return null;
    return async (signal) => {
      await awaitGone(engine, this.#id, clock, signal);
      this.#waiting = null;
      this.#id = await remake(signal);
      this.#output = this.#outputOf(this.#id);
    };
  }

  /** Starts the shell before its script is known: a container takes several hundred milliseconds to start. */
  async startAhead(signal: AbortSignal): Promise<void> {
    this.#waiting = await this.#start(signal);
  }

  /**
   * Runs a script to its end. When `signal` aborts, the processes are stopped and its reason is thrown; the container
   * can run another script then. A script that never reached its shell, because the connection was cut before, is given
   * to it again.
   */
  async run(script: MarkedScript, signal: AbortSignal): Promise<ScriptResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#triesLeft = mostStarts - attempt;
        this.#isCut = false;
        const result = await this.#runOnce(script, signal);
        if (!this.#isUntaken) return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAlreadyStarted(error) || attempt === mostStarts) throw error;
      }
      await this.#options.clock.sleep(cutPauseMs, signal);
      await this.leaveBehind(signal);
    }
  }

  /**
   * Goes on with a script that an earlier run of the agent gave to the container; otherwise as `run`. null: it never
   * began, and can be run.
   */
  async resume(beginning: RunBeginning, isTaken: boolean, signal: AbortSignal): Promise<ScriptResult | null> {
    this.#output.resumeRun(beginning, isTaken, this.#options.startsShell);
    this.#triesLeft = mostStarts;
    this.#isCut = true;
    const result = await this.#guarded(signal, (connection) => this.#goOn(connection, signal));
    return this.#isUntaken ? null : result;
  }

  /** As `run`, after an earlier run of the agent, for which the daemon may still be starting the container. */
  async runAnew(script: MarkedScript, signal: AbortSignal): Promise<ScriptResult> {
    await this.leaveBehind(signal);
    return this.run(script, signal);
  }

  /** Nothing but the script is missing. */
  get #isAtShell(): boolean {
    return this.#options.startsShell || this.#output.isAtShell;
  }

  #outputOf(id: string): ContainerOutput {
    const { engine, trace, recordTaken } = this.#options;
    return new ContainerOutput(engine, id, trace, () => recordTaken(id));
  }

  #runOnce(script: MarkedScript, signal: AbortSignal): Promise<ScriptResult> {
    return this.#guarded(signal, async (connection) => {
      const { spans, record, startsShell } = this.#options;
      // Before the start, which may fail when the container runs already.
      const beginning = this.#output.beginRun(script.mark, startsShell);
      const stream = this.#waiting ?? (await spans.run("start", {}, () => this.#start(signal)));
      this.#waiting = null;
      connection.addEventListener("abort", () => stream.destroy(), { once: true });
      await record(this.#id, beginning);
      // What was cancelled while its container started must not begin.
      signal.throwIfAborted();
      stream.write(script.text);
      stream.end();
      await this.#output.copy(stream).catch((error: unknown) => {
        passConnectionLost(error);
        this.#isCut = true;
      });
      const exitCode = await endsWithin(this.#options, this.id, cutAfterMs, signal);
      // Without the script's last word nobody knows whether the stream was cut.
      return exitCode !== null && this.#output.isWhole ? exitCode : this.#goOn(connection, signal);
    });
  }

  /** All that the container has printed until now is in the log, or doesn't belong there; what still runs is ended. */
  async leaveBehind(signal: AbortSignal): Promise<void> {
    await stopContainer(this.#options.engine, this.id, 0, signal);
    await this.#output.skipAll(signal);
  }

  async #guarded(signal: AbortSignal, body: (connection: AbortSignal) => Promise<number>): Promise<ScriptResult> {
    const connection = new AbortController();
    const { engine } = this.#options;
    this.#isUntaken = false;
    const running = body(connection.signal);
    running.catch(() => {});
    try {
      const exitCode = await orAborted(running, signal);
      const isTaken = this.#output.began || !(this.#isAtShell || this.#isCut);
      this.#isUntaken = !isTaken && this.#isAtShell && this.#triesLeft > 0;
      if (this.#isUntaken) {
        await this.#output.skipAll(signal);
        return { exitCode, oomKilled: false };
      }
      if (!isTaken && !mayBeStopped(exitCode)) throw scriptNotTaken();
      return { exitCode, oomKilled: exitCode !== 0 && (await ranOutOfMemory(engine, this.id, exitCode, signal)) };
    } catch (error) {
      // A conflict: it is about to go.
      const isGone = isDockerError(error, "not-found") || isDockerError(error, "conflict");
      if (isGone && !signal.aborted) throw containerRemoved(error);
      if (!hasEndedAs(signal, "daemon-lost")) {
        await terminateRun(engine, this.id, this.#options.nativeStop);
        // What the script printed while it was stopped belongs to the log.
        const late = this.#options.clock.sleep(lastOutputMs).then(() => false);
        const isRead = await Promise.race([running.catch(() => {}).then(() => true), late]);
        // The daemon may end the stream before it has given all that was printed.
        if (isRead) await this.#output.follow(AbortSignal.timeout(lastOutputMs), () => {}).catch(() => {});
        await this.#output.settle();
        await this.#output.skipAll(AbortSignal.timeout(lastOutputMs)).catch(() => {});
      }
      signal.throwIfAborted();
      throw error;
    } finally {
      connection.abort(new Error("the run is over"));
      await this.#output.endRun();
      await this.#options.trace.flush();
    }
  }

  /**
   * A shell that has its script says so at once. One that waits for it, at a connection that only the daemon believes in,
   * is ended: nothing of the script has run.
   */
  async #follow(connection: AbortSignal): Promise<void> {
    const silence = new Silence(silentMs);
    const either = this.#output.began ? connection : AbortSignal.any([connection, silence.signal]);
    try {
      await this.#output.follow(either, () => silence.restart());
    } catch (error) {
      if (!silence.signal.aborted) passConnectionLost(error);
    } finally {
      silence.end();
    }
    if (silence.signal.aborted && this.#isAtShell && !this.#output.began && !connection.aborted)
      await stopContainer(this.#options.engine, this.id, 0, connection);
  }

  /** Takes the rest of the run from the daemon's copy of its output, however often the way to the daemon is cut. */
  async #goOn(connection: AbortSignal, signal: AbortSignal): Promise<number> {
    const { engine, clock } = this.#options;
    for (;;) {
      try {
        await this.#follow(connection);
        const state = await inspectContainer(engine, this.id, signal);
        if (!state.running) {
          // What it printed between the end of the stream and its own end.
          if (!this.#output.isWhole) await this.#output.follow(connection, () => {});
          if (!this.#output.isWhole || mayBeStopped(state.exitCode)) await requireOwnEnd(engine, state, signal);
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
