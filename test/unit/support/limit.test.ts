import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Limit } from "../../../src/support/limit.ts";

const week = 7 * 24 * 3_600_000;

describe("a limit", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ["a fraction of a millisecond", 0.4, 1],
    ["three weeks", 3 * week, 3 * week],
    ["more than a timer can count", 9 * week, 2 ** 31 - 1],
  ])("of %s aborts its signal when the time is over, and not before", (_, ms, after) => {
    using limit = new Limit(ms);
    vi.advanceTimersByTime(after - 1);
    expect([limit.signal.aborted, limit.isOver]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect([limit.signal.aborted, limit.isOver]).toEqual([true, true]);
    expect(limit.signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  it("aborts with its parent and for its reason, and then isn't over", () => {
    const parent = new AbortController();
    using limit = new Limit(1000, parent.signal);
    const reason = new Error("canceled");
    parent.abort(reason);
    expect([limit.signal.reason, limit.isOver]).toEqual([reason, false]);
  });

  it("leaves nothing behind that its owner has taken back", () => {
    const { signal } = new AbortController();
    {
      using _ = new Limit(week, signal);
    }
    expect(vi.getTimerCount()).toBe(0);
  });
});
