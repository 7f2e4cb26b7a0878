import { expect, test } from "vitest";
import { type Figure, judge, targetText } from "../../../bench/figure.ts";

const time: Figure = { name: "a", unit: "ms", better: "lower", samples: [300, 100, 200] };
const rate: Figure = { name: "b", unit: "MiB/s", better: "higher", samples: [20, 10, 30] };
const floor = { name: "bare", samples: [100, 50, 400] };

test("tells the median, the spread and the multiple of the floor's median", () => {
  expect(judge({ ...time, floor })).toEqual({ value: 200, low: 100, high: 300, floor: 100, ratio: 2, met: null });
});

test("a limit is an upper one where less is better, else a lower one, and met when it is reached exactly", () => {
  const limit = (value: number) => ({ kind: "limit", value }) as const;
  expect(judge({ ...time, target: limit(200) }).met).toBe(true);
  expect(judge({ ...time, target: limit(199) }).met).toBe(false);
  expect(judge({ ...rate, target: limit(20) }).met).toBe(true);
  expect(judge({ ...rate, target: limit(21) }).met).toBe(false);
});

test("a multiple of the floor is judged by the medians", () => {
  expect(judge({ ...time, floor, target: { kind: "floor-multiple", value: 2 } }).met).toBe(true);
  expect(judge({ ...time, floor, target: { kind: "floor-multiple", value: 1.9 } }).met).toBe(false);
});

test("a speed-up of five wants a fifth of the floor", () => {
  const five = { kind: "speed-up", value: 5 } as const;
  expect(judge({ ...time, samples: [20], floor, target: five }).met).toBe(true);
  expect(judge({ ...time, samples: [21], floor, target: five }).met).toBe(false);
});

test("a target that needs a floor is not met without one", () => {
  expect(judge({ ...time, target: { kind: "floor-multiple", value: 100 } }).met).toBe(false);
});

test("the worst sample speaks for all where that is asked for, and for the floor too", () => {
  expect(judge({ ...time, floor, of: "worst" })).toMatchObject({ value: 300, floor: 400 });
  expect(judge({ ...rate, of: "worst" }).value).toBe(10);
});

test("without samples no target is met", () => {
  expect(judge({ ...time, samples: [], target: { kind: "limit", value: 1000 } }).met).toBe(false);
});

test("says a target as the table does", () => {
  expect(targetText({ ...time, target: { kind: "limit", value: 150 } })).toBe("<= 150 ms");
  expect(targetText({ ...rate, target: { kind: "limit", value: 13 } })).toBe(">= 13 MiB/s");
  expect(targetText({ ...time, target: { kind: "floor-multiple", value: 1.5 } })).toBe("<= 1.5 x floor");
  expect(targetText({ ...time, target: { kind: "speed-up", value: 5 } })).toBe(">= 5 x faster");
  expect(targetText(time)).toBe("");
});
