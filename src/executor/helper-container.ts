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

  /** Runs a script in one step or two; the first failing step's exit code counts. */
  async runStaged(staged: StagedScript, signal: AbortSignal): Promise<number> {
    if (staged.kind === "direct") return this.run(staged.script, signal);
    const pieces: Buffer[] = [];
    let size = 0;
    const code = await this.#exec(
      staged.listScript,
      [],
      async ({ source, bytes }) => {
        if (source === "stderr") return this.#trace.write(source, bytes);
        size += bytes.length;
        if (size > longestListing) throw new Error(`the list of files is longer than ${longestListing} bytes`);
        pieces.push(bytes);
      },
      signal,
    );
    await this.#trace.flush();
    return code === 0 ? this.run(staged.finish(Buffer.concat(pieces)), signal) : code;
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
