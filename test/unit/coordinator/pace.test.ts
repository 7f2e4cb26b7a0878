import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adaptedConcurrency,
  emptyPauseMs,
  failureBackoffMs,
  nextAskAt,
  usableRequests,
  type RequestOutcome,
} from "../../../src/coordinator/pace.ts";

describe("failureBackoffMs", () => {
  it("doubles from a second to fifteen", () => {
    expect([1, 2, 3, 4, 5, 6, 50, 2000].map((count) => failureBackoffMs(count, 1))).toEqual([
      1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000,
    ]);
  });

  it("is spread by a fifth, and never zero or minutes", () => {
    expect(failureBackoffMs(1, 0)).toBe(800);
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (count, jitter) => {
        const ms = failureBackoffMs(count, jitter);
        expect(ms >= 800 && ms <= 15_000).toBe(true);
      }),
    );
  });
});

describe("emptyPauseMs", () => {
  it.each([
    [3000, 0, 3000],
    [3000, 1000, 2000],
    [3000, 50_000, 100],
    [50, 50_000, 50],
  ])("with an interval of %i after %i ms is %i", (interval, took, expected) => {
    expect(emptyPauseMs(interval, took)).toBe(expected);
  });
});

describe("nextAskAt", () => {
  const turn = (share: number) => ({ origin: 0, share });

  it.each([
    ["is check_interval after its last question for an entry alone", 500, 600, null, 3500],
    ["is its own turn for one of several, though that is earlier", 500, 600, 0.75, 2250],
    ["is its own turn for one of several, though that is later", 500, 600, 0.5, 4500],
    ["waits for the turn after when an answer took too long for this one", 0, 1600, 0.5, 4500],
    ["is at once after a question that was held", 0, 50_000, 0.5, 50_100],
  ])("%s", (_, startedAt, now, share, expected) => {
    expect(nextAskAt(startedAt, now, 3000, share === null ? null : turn(share))).toBe(expected);
  });

  it("is once half to one and a half rounds away and then every round, each entry at its own distance from the others", () => {
    const first = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(first, (starts) => {
        const ask = (index: number, startedAt: number) =>
          nextAskAt(startedAt, startedAt + 5, 3000, turn(index / starts.length));
        const turns = starts.map((startedAt, index) => {
          const second = ask(index, startedAt);
          expect(second - startedAt).toBeGreaterThanOrEqual(1500);
          expect(second - startedAt).toBeLessThanOrEqual(4500);
          expect(ask(index, second)).toBeCloseTo(second + 3000);
          return second % 3000;
        });
        const sorted = turns.toSorted((a, b) => a - b);
        for (const [index, at] of sorted.entries()) {
          if (index > 0) expect(at - (sorted[index - 1] ?? 0)).toBeGreaterThan(3000 / starts.length - 1);
        }
      }),
    );
  });
});

describe("adaptive request concurrency", () => {
  it("begins with one request and grows with jobs up to the limit", () => {
    let value = 0;
    const usable = [usableRequests(value, 3)];
    for (let count = 0; count < 20; count++) {
      value = adaptedConcurrency(value, "job", 3);
      usable.push(usableRequests(value, 3));
    }
    expect(usable.slice(0, 3)).toEqual([1, 1, 2]);
    expect(usable.at(-1)).toBe(3);
  });

  it("shrinks slowly without jobs and by half when asked to slow down", () => {
    expect(adaptedConcurrency(4, "none", 10)).toBeCloseTo(3.8);
    expect(adaptedConcurrency(4, "slow-down", 10)).toBe(2);
  });

  it("stays between one and the limit", () => {
    const outcomes = fc.array(fc.constantFrom<RequestOutcome>("job", "none", "slow-down"));
    fc.assert(
      fc.property(outcomes, fc.integer({ min: 1, max: 20 }), (history, limit) => {
        const value = history.reduce((current, outcome) => adaptedConcurrency(current, outcome, limit), 0);
        const usable = usableRequests(value, limit);
        expect(usable >= 1 && usable <= limit && Number.isInteger(usable)).toBe(true);
      }),
    );
  });
});
