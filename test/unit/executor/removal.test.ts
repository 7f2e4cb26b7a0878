import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentContext } from "../../../src/executor/agent-context.ts";
import { removeUntilGone } from "../../../src/executor/removal.ts";
import { systemClock } from "../../../src/support/clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const context = (stopping: AbortSignal) => ({ clock: systemClock, stopping }) as AgentContext;

test("a removal that fails is tried again until nothing is left", async () => {
  const removeAll = vi
    .fn<() => Promise<string[]>>()
    .mockResolvedValueOnce(["container c: busy"])
    .mockRejectedValueOnce(new Error("no daemon"))
    .mockResolvedValue([]);
  const removal = removeUntilGone(context(new AbortController().signal), removeAll);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await removal).toEqual([]);
  expect(removeAll).toHaveBeenCalledTimes(3);
});

test("when the agent ends, what is left is told at once", async () => {
  const stopping = new AbortController();
  const removal = removeUntilGone(context(stopping.signal), async () => ["container c: busy"]);
  await vi.advanceTimersByTimeAsync(500);
  stopping.abort(new Error("the agent ends"));
  expect(await removal).toEqual(["container c: busy"]);
});
