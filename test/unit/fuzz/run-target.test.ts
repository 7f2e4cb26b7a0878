import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hold, unlessRefused } from "../../../fuzz/hold.ts";
import { inputAfter, runTarget } from "../../../fuzz/run-target.ts";
import type { FuzzTarget } from "../../../fuzz/target.ts";
import { AgentError } from "../../../src/support/errors.ts";

const target = (check: (input: number) => void): FuzzTarget<number> => ({
  name: "example",
  share: 1,
  arbitrary: fc.nat(10_000),
  check,
});
const run = (check: (input: number) => void, runs = 300) => runTarget(target(check), { runs, seed: 3 });

describe("a target", () => {
  it("has no finding when everything holds", async () => {
    expect(await run(() => {})).toMatchObject({ name: "example", inputs: 300, finding: null });
  });

  it("has one with the shortest input when something crashes or doesn't hold", async () => {
    const crash = await run((input) => {
      if (input > 70) throw new TypeError("no function");
    });
    expect(crash.finding).toMatchObject({ input: "71", seed: 3 });
    expect(crash.finding?.error).toContain("TypeError: no function");
    const broken = await run((input) => hold(input < 50, "it is small"));
    expect(broken.finding).toMatchObject({ input: "50", error: "it is small" });
  });

  it("has one when an input takes too much of the processor's time", async () => {
    const busy = target((input) => {
      const until = process.threadCpuUsage().user + 15_000;
      while (input > 9000 && process.threadCpuUsage().user < until);
    });
    const { finding } = await runTarget({ ...busy, limitMs: 10 }, { runs: 300, seed: 3 });
    expect(finding?.error).toMatch(/takes \d+ ms, more than 10 ms/);
  });

  it("has one when its inputs leave something behind", async () => {
    const kept: Buffer[] = [];
    const leak = await run(() => void kept.push(Buffer.alloc(40_000)), 4001);
    expect(leak.finding?.error).toMatch(/MiB are held/);
  });

  it("tells its watcher of each input, and which ones only make a finding shorter", async () => {
    const beats: boolean[] = [];
    const failing = target((input) => hold(input < 9000, "it is small"));
    const { inputs } = await runTarget(
      failing,
      { runs: 300, seed: 3 },
      { batch: () => {}, input: (shrinking) => void beats.push(shrinking) },
    );
    expect(beats.indexOf(true)).toBe(inputs);
    expect(await inputAfter(failing, 3, inputs)).toBeGreaterThanOrEqual(9000);
  });

  it("gets the same inputs for the same seed, and the watcher can make them once more", async () => {
    const inputs = async (seed: number) => {
      const seen: number[] = [];
      await runTarget(
        target((input) => void seen.push(input)),
        { runs: 50, seed },
      );
      return seen;
    };
    const first = await inputs(8);
    expect(await inputs(8)).toEqual(first);
    expect(await inputs(9)).not.toEqual(first);
    const sameTarget = target(() => {});
    expect(await Promise.all([0, 7, 49].map((before) => inputAfter(sameTarget, 8, before)))).toEqual(
      [0, 7, 49].map((before) => first[before]),
    );
  });
});

it("a refusal counts as one only with a code that is meant, and a hint", () => {
  const refuse = (code: string, hint: string) => () => {
    throw new AgentError(code, "no", { hint });
  };
  expect(unlessRefused(["A"], refuse("A", "do"))).toBeNull();
  expect(() => unlessRefused(["A"], refuse("B", "do"))).toThrowError("no");
  expect(() => unlessRefused(["A"], refuse("A", ""))).toThrowError(/what to change/);
});
