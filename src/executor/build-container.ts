import type { Duplex } from "node:stream";
import {
  attachContainer,
  inspectContainer,
  startContainer,
  stopContainer,
  waitContainer,
  followLog,
} from "../docker/container.ts";
import { demux } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { runExec } from "../docker/exec.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import type { Clock } from "../support/clock.ts";
import type { Trace } from "../trace/trace.ts";
import { StageFailure } from "./stage-failure.ts";
import { startFailure } from "./start-failure.ts";

/** How long processes get to end after SIGTERM before the container is stopped, in seconds. */
const graceSeconds = 10;
const stopLimitMs = 60_000;
/** Exit and end of the streams are one moment; a container that outlives them by this long goes on running. */
const cutAfterMs = 2_000;
/** The stream of a stopped container ends at once; a daemon that hangs must not hold the job. */
const lastOutputMs = 5_000;

/** Exit code of a process that SIGKILL has ended. */
const killed = 137;

export interface ScriptResult {
  readonly exitCode: number;
  readonly oomKilled: boolean;
}

/**
 * The container of the author's scripts. Each script is one run of it: its main process is the shell that reads the
 * script from standard input, so files stay from script to script and processes don't.
 */
export class BuildContainer {
  readonly id: string;
  readonly #engine: Engine;
  readonly #image: string;
  readonly #trace: Trace;
  readonly #clock: Clock;
  readonly #spans: Pick<SpanRecorder, "run">;
  /** Bytes of each stream that were read, over all runs: what the container's log begins with. */
  readonly #seen = { stdout: 0, stderr: 0 };
  /** A run that was started ahead of its script. */
  #waiting: Duplex | null = null;

  /** `image` is its name, for messages. */
  constructor(engine: Engine, id: string, image: string, trace: Trace, clock: Clock, spans: Pick<SpanRecorder, "run">) {
    this.#engine = engine;
    this.id = id;
    this.#image = image;
    this.#trace = trace;
    this.#clock = clock;
    this.#spans = spans;
  }

  /** Starts the shell before its script is known: a container takes several hundred milliseconds to start. */
  async startAhead(signal: AbortSignal): Promise<void> {
    this.#waiting = await this.#start(signal);
  }

  /**
   * Runs a script to its end. When `signal` aborts, the processes are stopped and its reason is thrown; the container
   * can run another script then.
   */
  async run(script: string, signal: AbortSignal): Promise<ScriptResult> {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const onAbort = () => aborted.reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    let stream: Duplex | null = null;
    let output: Promise<void> = Promise.resolve();
    try {
      stream = this.#waiting ?? (await this.#spans.run("start", {}, () => this.#start(signal)));
      this.#waiting = null;
      output = this.#copy(stream);
      // What was cancelled while its container started must not begin.
      signal.throwIfAborted();
      stream.write(script);
      stream.end();
      await Promise.race([output.catch(() => {}), aborted.promise]);
      const ended = waitContainer(this.#engine, this.id, signal);
      const exitCode = (await this.#endsSoon(ended, signal)) ? await ended : await this.#followLog(ended, signal);
      return { exitCode, oomKilled: exitCode !== 0 && (await this.#ranOutOfMemory(exitCode, signal)) };
    } catch (error) {
      if (isDockerError(error, "not-found") && !signal.aborted) throw containerRemoved(error);
      await this.terminate();
      // What the script printed while it was stopped belongs to the log.
      await Promise.race([output.catch(() => {}), this.#clock.sleep(lastOutputMs)]);
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      stream?.destroy();
      await this.#trace.flush();
    }
  }

  /**
   * Ends the current run: SIGTERM to every process in the container, a grace period, then the container is stopped.
   * Never under the job's signal, which has aborted already when this is needed.
   */
  async terminate(): Promise<void> {
    const signal = AbortSignal.timeout(stopLimitMs);
    try {
      const everyone = { command: ["sh", "-c", "kill -TERM -1; kill -TERM 1"], env: [], user: "0", workingDir: "" };
      await runExec(this.#engine, this.id, everyone, "", async () => {}, signal);
      await waitContainer(this.#engine, this.id, AbortSignal.any([signal, AbortSignal.timeout(graceSeconds * 1000)]));
    } catch {
      // No shell, not running any more, or deaf to SIGTERM: stopping covers all three.
    }
    await stopContainer(this.#engine, this.id, graceSeconds, signal).catch(() => {});
  }

  /** With its container a stream ends, too; one that ends alone was cut somewhere between the daemon and us. */
  async #endsSoon(ended: Promise<number>, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const late = this.#clock.sleep(cutAfterMs, AbortSignal.any([signal, over.signal])).then(
      () => false,
      () => true,
    );
    try {
      return await Promise.race([ended.then(() => true), late]);
    } finally {
      over.abort(new Error("it has ended"));
    }
  }

  /** Goes on with the container's log where the cut stream stopped, stream by stream and byte by byte. */
  async #followLog(ended: Promise<number>, signal: AbortSignal): Promise<number> {
    await this.#trace.warning("The connection to the container was cut; its log goes on from the daemon's copy");
    const skip = { ...this.#seen };
    const log = await followLog(this.#engine, this.id, signal);
    for await (const { source, bytes } of demux(log)) {
      const known = Math.min(skip[source], bytes.length);
      skip[source] -= known;
      if (known < bytes.length) await this.#take(source, bytes.subarray(known));
    }
    return ended;
  }

  /**
   * Of a run that failed: the shell may outlive what was killed. What removes a container kills it first, so that is
   * looked at as well; after any other end it changes nothing about the exit code.
   */
  async #ranOutOfMemory(exitCode: number, signal: AbortSignal): Promise<boolean> {
    const state = await inspectContainer(this.#engine, this.id, signal).catch((error: unknown) => {
      if (exitCode === killed) throw error;
      return null;
    });
    if (exitCode === killed && state?.removing === true) throw containerRemoved(null);
    return state?.oomKilled ?? false;
  }

  async #start(signal: AbortSignal): Promise<Duplex> {
    const stream = await attachContainer(this.#engine, this.id, signal);
    // The daemon closes it when the container goes; whoever reads it hears of that.
    stream.on("error", () => {});
    try {
      await startContainer(this.#engine, this.id, signal);
    } catch (error) {
      stream.destroy();
      throw startFailure(error, this.#image);
    }
    return stream;
  }

  async #copy(stream: Duplex): Promise<void> {
    for await (const { source, bytes } of demux(stream)) await this.#take(source, bytes);
  }

  async #take(source: "stdout" | "stderr", bytes: Buffer): Promise<void> {
    this.#seen[source] += bytes.length;
    await this.#trace.write(source, bytes);
  }
}

function containerRemoved(cause: unknown): StageFailure {
  return new StageFailure("container-fault", "the build container was removed while the job ran", {
    hint: "something else on the Docker host removes containers: a clean-up job, `docker system prune`, or an administrator",
    cause,
  });
}
