import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Finding, inputAfter, type Progress, shownInput, type TargetResult } from "./run-target.ts";
import type { FuzzTarget } from "./target.ts";

export interface Assignment {
  readonly name: string;
  readonly runs: number;
  readonly seed: number;
  readonly state: SharedArrayBuffer;
}

const slots = { seed: 0, inBatch: 1, total: 2, beat: 3 } as const;
const hangMs = 30_000;
const mostHeapMiB = 768;
const mostResidentMiB = 2048;

/** What a worker tells of its progress by shared memory, since one that hangs sends no message. */
export class Watch implements Progress {
  readonly #state: Int32Array;

  constructor(state: SharedArrayBuffer) {
    this.#state = new Int32Array(state);
  }

  static state(): SharedArrayBuffer {
    return new SharedArrayBuffer(16);
  }

  get seed(): number {
    return Atomics.load(this.#state, slots.seed);
  }

  /** Inputs of the batch that are done, up to the first that failed. */
  get inBatch(): number {
    return Atomics.load(this.#state, slots.inBatch);
  }

  /** Changes as long as it goes on. */
  get beat(): number {
    return Atomics.load(this.#state, slots.beat);
  }

  get total(): number {
    return Atomics.load(this.#state, slots.total);
  }

  batch(seed: number): void {
    Atomics.store(this.#state, slots.seed, seed);
    Atomics.store(this.#state, slots.inBatch, 0);
  }

  input(shrinking: boolean): void {
    Atomics.add(this.#state, slots.beat, 1);
    if (shrinking) return;
    Atomics.add(this.#state, slots.inBatch, 1);
    Atomics.add(this.#state, slots.total, 1);
  }
}

/** Runs a target in a worker and ends it when an input takes too long or too much memory. */
export async function runWatched(target: FuzzTarget, runs: number, seed: number): Promise<TargetResult> {
  const state = Watch.state();
  const watch = new Watch(state);
  const startedAt = performance.now();
  const assignment: Assignment = { name: target.name, runs, seed, state };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: assignment,
    resourceLimits: { maxOldGenerationSizeMb: mostHeapMiB },
  });
  const ended = new AbortController();
  const stopped = watchOver(watch, ended.signal);
  try {
    const result = once(worker, "message").then(([message]) => message as TargetResult);
    const failure = stopped.then((error) => failed(target, watch, startedAt, error));
    return await Promise.race([result, failure]);
  } catch (error) {
    return await failed(target, watch, startedAt, (error as Error).message);
  } finally {
    ended.abort();
    await worker.terminate();
  }
}

/** Resolves with what is wrong when it is. */
function watchOver(watch: Watch, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    let seen = -1;
    let since = performance.now();
    const timer = setInterval(() => {
      const rss = process.memoryUsage.rss() / 2 ** 20;
      if (watch.beat !== seen) since = performance.now();
      seen = watch.beat;
      if (rss > mostResidentMiB) resolve(`the process takes ${rss.toFixed(0)} MiB`);
      if (performance.now() - since > hangMs) resolve(`an input takes longer than ${hangMs / 1000} s`);
    }, 250);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  });
}

async function failed(target: FuzzTarget, watch: Watch, startedAt: number, error: string): Promise<TargetResult> {
  const { seed, inBatch, total } = watch;
  const seconds = (performance.now() - startedAt) / 1000;
  // The thread is gone, but its input can be made once more.
  const input = shownInput(await inputAfter(target, seed, inBatch));
  const finding: Finding = { target: target.name, seed, error, input };
  return { name: target.name, inputs: total, seconds, slowestMs: Number.NaN, heldMiB: Number.NaN, finding };
}
