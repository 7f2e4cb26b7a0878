import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { entry, failed, job, none, startPoller } from "./poller-harness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const three = [entry("a"), entry("b"), entry("c")];

describe("stop", () => {
  const state = async (promise: Promise<void>) => {
    let done = false;
    void promise.then(() => (done = true));
    await pass(0);
    return () => done;
  };

  it("graceful gives up questions, leaves jobs alone and waits for them", async () => {
    const { asking, running, answer, settle, poller } = startPoller({ entries: three, concurrent: 5 });
    await settle();
    await answer(job(1), "a");
    const stopped = await state(poller.stop("graceful"));
    expect(asking).toHaveLength(0);
    expect([stopped(), running[0]?.slot.signal.aborted]).toEqual([false, false]);
    await pass(3_600_000);
    expect(stopped()).toBe(false);
    running[0]?.end();
    await settle();
    expect(stopped()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("forced aborts the jobs, also after a graceful one", async () => {
    const { running, answer, settle, poller } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer(job(1));
    const graceful = await state(poller.stop("graceful"));
    const forced = await state(poller.stop("forced"));
    expect(running[0]?.slot.signal.aborted).toBe(true);
    running[0]?.end();
    await settle();
    expect([graceful(), forced()]).toEqual([true, true]);
  });

  it("dispatches a job whose answer is already in, because the coordinator believes it to be here", async () => {
    const { asking, running, settle, poller } = startPoller({ entries: [entry("a")] });
    await settle();
    asking[0]?.answer(job(1));
    const stopped = await state(poller.stop("forced"));
    expect(running).toMatchObject([{ slot: { signal: { aborted: true } } }]);
    expect(stopped()).toBe(false);
    running[0]?.end();
    await settle();
    expect(stopped()).toBe(true);
  });

  it("ends pauses, back-off and waiting for a slot at once", async () => {
    const { answer, settle, poller } = startPoller({ entries: three, concurrent: 1 });
    await settle();
    await answer(none, "a");
    await answer(failed(500), "b");
    expect((await state(poller.stop("graceful")))()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("adopt", () => {
  it("gives a job from before a restart its place and its numbers, and waits for it at the end", async () => {
    const { asking, running, answer, settle, poller } = startPoller({ entries: [entry("a")], concurrent: 2 });
    let end = () => {};
    poller.adopt("a", 1, { runner: 0, project: 0 }, () => new Promise((resolve) => (end = resolve)));
    await settle();
    await answer(job(2));
    expect(running[0]?.slot).toMatchObject({ runnerNumber: 1, projectNumber: 1 });
    expect(asking).toHaveLength(0);
    expect(poller.status()).toMatchObject({ jobs: 2, slotsInUse: 2 });
    end();
    await settle();
    expect(asking).toHaveLength(1);
  });
});
