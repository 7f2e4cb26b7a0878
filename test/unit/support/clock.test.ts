import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const state = async (promise: Promise<void>) =>
  Promise.race([
    promise.then(
      () => "awake",
      (error: unknown) => error,
    ),
    Promise.resolve("asleep"),
  ]);

describe("a sleep", () => {
  test("ends when its time is up and not before", async () => {
    const sleep = systemClock.sleep(1000);
    await vi.advanceTimersByTimeAsync(999);
    expect(await state(sleep)).toBe("asleep");
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
  });

  test("ends with the signal's reason as soon as that aborts, and leaves no timer", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const sleep = systemClock.sleep(1000, controller.signal);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not begin under a signal that has aborted", async () => {
    const reason = new Error("enough");
    await expect(systemClock.sleep(1000, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves nothing behind at its signal", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    const sleep = systemClock.sleep(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleep;
    expect(removed.mock.calls.map((call) => call[1])).toEqual(added.mock.calls.map((call) => call[1]));
  });

  test("longer than a timer can count does not end at once", async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(2 ** 40, controller.signal);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(await state(sleep)).toBe("asleep");
    controller.abort(new Error("end"));
    await expect(sleep).rejects.toThrow("end");
  });

  test("of no time, or less, ends in the next turn", async () => {
    const sleeps = [systemClock.sleep(0), systemClock.sleep(-5)];
    await vi.advanceTimersByTimeAsync(0);
    await Promise.all(sleeps);
  });
});

test("the time is that of the machine", () => {
  vi.setSystemTime(1_234_567);
  expect(systemClock.now()).toBe(1_234_567);
});
