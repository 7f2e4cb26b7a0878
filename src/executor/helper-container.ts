import { restartContainer, startContainer } from "../docker/container.ts";
import type { StreamChunk } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import { shellCommand } from "../script/shell-detection.ts";
import type { StagedScript } from "../script/staged-script.ts";
import type { Clock } from "../support/clock.ts";
import type { Trace } from "../trace/trace.ts";
import { awaitGone } from "./container-loss.ts";

/** The longest list of files that is taken from a helper for pattern matching, in bytes. */
const longestListing = 256 * 1024 * 1024;
/** Of what a helper answers to a question, in bytes. */
const longestAnswer = 64 * 1024;

/** Makes another container like it. */
export interface HelperMaker {
  readonly clock: Clock;
  readonly make: (signal: AbortSignal) => Promise<string>;
}

/** The job's helper container: its stages run in it, one after another. */
export class Helper {
  readonly #engine: Engine;
  readonly #trace: Trace;
  readonly #maker: HelperMaker | null;
  #id: string;
  #isStale = false;

  /** @param maker null where no other can take its place */
  constructor(engine: Engine, id: string, trace: Trace, maker: HelperMaker | null = null) {
    this.#engine = engine;
    this.#id = id;
    this.#trace = trace;
    this.#maker = maker;
  }

  get id(): string {
    return this.#id;
  }

  /** Puts a container in place of one that was removed; null where none can be made. */
  get replace(): ((signal: AbortSignal) => Promise<void>) | null {
    if (this.#maker === null) return null;
    const { clock, make } = this.#maker;
    return async (signal) => {
      await awaitGone(this.#engine, this.#id, clock, signal);
      this.#id = await make(signal);
      await startContainer(this.#engine, this.#id, signal);
      this.#isStale = false;
    };
  }

  /** Before the next command whatever runs in it is ended: nobody hears of it any more. */
  renew(): void {
    this.#isStale = true;
  }

  /** Runs a stage's script, its output into the log. Returns the exit code. */
  async run(script: string, signal: AbortSignal, env: readonly string[] = []): Promise<number> {
    const code = await this.#exec(script, env, ({ source, bytes }) => this.#trace.write(source, bytes), signal);
    await this.#trace.flush();
    return code;
  }

  /** Runs a script that answers on its standard output; what it prints on standard error goes into the log. */
  async ask(script: string, signal: AbortSignal): Promise<{ readonly code: number; readonly answer: string }> {
    const { code, output } = await this.#collect(script, longestAnswer, "answer", signal);
    return { code, answer: output.toString("utf8") };
  }

  /** Runs a script in one step or two; the first failing step's exit code counts. */
  async runStaged(staged: StagedScript, signal: AbortSignal): Promise<number> {
    if (staged.kind === "direct") return this.run(staged.script, signal);
    const { code, output } = await this.#collect(staged.listScript, longestListing, "list of files", signal);
    return code === 0 ? this.run(staged.finish(output), signal) : code;
  }

  async #collect(script: string, atMost: number, what: string, signal: AbortSignal) {
    const pieces: Buffer[] = [];
    let size = 0;
    const onOutput = async ({ source, bytes }: StreamChunk) => {
      if (source === "stderr") return this.#trace.write(source, bytes);
      size += bytes.length;
      if (size > atMost) throw new Error(`the ${what} is longer than ${atMost} bytes`);
      pieces.push(bytes);
    };
    const code = await this.#exec(script, [], onOutput, signal);
    await this.#trace.flush();
    return { code, output: Buffer.concat(pieces) };
  }

  async #exec(
    script: string,
    env: readonly string[],
    onOutput: (chunk: StreamChunk) => Promise<void>,
    signal: AbortSignal,
  ): Promise<number> {
    if (this.#isStale) await restartContainer(this.#engine, this.id, signal);
    this.#isStale = false;
    const spec = { command: shellCommand(), env, user: "", workingDir: "" };
    return runExec(this.#engine, this.id, spec, script, onOutput, signal);
  }
}
