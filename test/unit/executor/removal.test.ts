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

const context = (stopping: AbortSignal, nextReturn = new AbortController().signal): AgentContext =>
  ({ clock: systemClock, stopping, daemonWatch: { nextReturn } }) as AgentContext;

test("a daemon that is back has what it was asked for before, at once", async () => {
  const back = new AbortController();
  const removeAll = vi.fn<() => Promise<string[]>>().mockRejectedValue(new Error("no daemon"));
  const removal = removeUntilGone(context(new AbortController().signal, back.signal), removeAll);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(removeAll).toHaveBeenCalledTimes(5);
  removeAll.mockResolvedValue([]);
  back.abort(new Error("it is back"));
  await vi.advanceTimersByTimeAsync(0);
  expect(await removal).toEqual([]);
});

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
