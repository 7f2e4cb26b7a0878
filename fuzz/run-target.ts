import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { Violation } from "./hold.ts";
import type { FuzzTarget } from "./target.ts";

export interface Finding {
  readonly target: string;
  /** With it as --seed, the input is among the first of the target. */
  readonly seed: number;
  readonly error: string;
  /** As short as it could be made. */
  readonly input: string;
}

export interface TargetResult {
  readonly name: string;
  readonly inputs: number;
  readonly seconds: number;
  /** CPU time of the slowest input. */
  readonly slowestMs: number;
  /** What the JavaScript heap and the buffers hold between two batches, at most. */
  readonly heldMiB: number;
  readonly finding: Finding | null;
}

/** Where a run is, for whoever watches that it goes on. */
export interface Progress {
  batch(seed: number): void;
  /** After each input; `shrinking`: one has failed, and shorter ones are looked for. */
  input(shrinking: boolean): void;
}

const batchSize = 2000;
const defaultLimitMs = 400;
/** More than this above the first batch's means that inputs leave something behind. */
const mostGrowthMiB = 64;
const collections = 3;
const shownCharacters = 2000;

/** Gives a target its inputs, batch after batch, up to the first finding. The same seed gives the same inputs. */
export async function runTarget(
  target: FuzzTarget,
  { runs, seed }: { readonly runs: number; readonly seed: number },
  progress: Progress = { batch: () => {}, input: () => {} },
): Promise<TargetResult> {
  const startedAt = performance.now();
  let slowestMs = 0;
  let inputs = 0;
  let firstMiB = 0;
  let heldMiB = 0;
  let finding: Finding | null = null;
  let shrinking = false;
  const property = fc.asyncProperty(target.arbitrary, async (input) => {
    try {
      const ms = await checkedMs(target, input);
      if (!shrinking) slowestMs = Math.max(slowestMs, ms);
    } catch (error) {
      shrinking = true;
      throw error;
    } finally {
      if (!shrinking) inputs++;
      progress.input(shrinking);
    }
  });
  for (let batch = 0; batch * batchSize < runs && finding === null; batch++) {
    const batchSeed = seed + batch;
    progress.batch(batchSeed);
    const numRuns = Math.min(batchSize, runs - batch * batchSize);
    const details = await fc.check(property, { seed: batchSeed, numRuns });
    if (details.failed) finding = findingOf(target, details);
    const held = await heldMemory();
    if (batch === 0) firstMiB = held;
    heldMiB = Math.max(heldMiB, held);
    if (held > firstMiB + mostGrowthMiB) {
      const error = `${held.toFixed(0)} MiB are held after ${inputs} inputs, ${firstMiB.toFixed(0)} MiB were after the first`;
      finding ??= { target: target.name, seed, error, input: "all of them" };
    }
  }
  return { name: target.name, inputs, seconds: (performance.now() - startedAt) / 1000, slowestMs, heldMiB, finding };
}

/** The input of a seed after `before` others: made once more, and not checked. */
export async function inputAfter(target: FuzzTarget, seed: number, before: number): Promise<unknown> {
  let last: unknown;
  const property = fc.asyncProperty(target.arbitrary, (input) => {
    last = input;
    return Promise.resolve();
  });
  await fc.check(property, { seed, numRuns: before + 1 });
  return last;
}

/** CPU time of a check. @throws what the check throws, and Violation when it takes too long */
async function checkedMs(target: FuzzTarget, input: unknown): Promise<number> {
  const limitMs = target.limitMs ?? defaultLimitMs;
  let ms = await cpuMsOf(() => target.check(input));
  // What else this thread had to do, such as compiling or collecting garbage, it has not to do twice.
  for (let again = 0; ms > limitMs && ms < 5 * limitMs && again < 2; again++) {
    ms = Math.min(ms, await cpuMsOf(() => target.check(input)));
  }
  if (ms > limitMs) throw new Violation(`an input takes ${ms.toFixed(0)} ms, more than ${limitMs} ms`);
  return ms;
}

async function cpuMsOf(work: () => void | Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  const pending = work();
  if (pending !== undefined) await pending;
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

function findingOf(target: FuzzTarget, details: fc.RunDetails<[unknown]>): Finding {
  const { errorInstance: thrown, counterexample, seed } = details;
  const error = thrown instanceof Violation ? thrown.message : thrown instanceof Error ? thrown.stack : String(thrown);
  return { target: target.name, seed, error: error ?? "", input: shownInput(counterexample?.[0]) };
}

export function shownInput(input: unknown): string {
  const text = stringified(input);
  if (text.length <= shownCharacters) return text;
  const half = shownCharacters / 2;
  return `${text.slice(0, half)} ...(${text.length} characters)... ${text.slice(-half)}`;
}

function stringified(input: unknown): string {
  try {
    return fc.stringify(input);
  } catch (error) {
    return `an input that can't be shown: ${String(error)}`;
  }
}

let collectGarbage: (() => void) | null = null;

/** The bytes of buffers are given back some turns after the collection that found them unused: a few are waited for. */
async function heldMemory(): Promise<number> {
  if (collectGarbage === null) {
    setFlagsFromString("--expose-gc");
    collectGarbage = runInNewContext("gc") as () => void;
  }
  let held = Infinity;
  for (let collection = 0; collection < collections; collection++) {
    collectGarbage();
    await setImmediate();
    const { heapUsed, external } = process.memoryUsage();
    held = Math.min(held, (heapUsed + external) / 2 ** 20);
  }
  return held;
}
