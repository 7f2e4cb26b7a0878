import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { entry, job, startPoller } from "./poller-harness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("work that breaks its promise", () => {
  it("to answer is backed off from, and does not end the polling", async () => {
    const { asking, settle, events, questions, poller } = startPoller({ entries: [entry("a")] });
    await settle();
    asking[0]?.break(new Error("bug"));
    await settle();
    expect(events).toEqual(["a broke: Error: bug"]);
    expect(poller.status().slotsInUse).toBe(0);
    await pass(3000);
    expect(questions()).toBe(2);
  });

  it("to run a job gives its slot back", async () => {
    const { running, answer, settle, events, asking } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer(job(1));
    running[0]?.break(new Error("bug"));
    await settle();
    expect(events).toEqual(["a broke: Error: bug"]);
    expect(asking).toHaveLength(1);
  });
});
