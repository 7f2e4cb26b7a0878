import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { entry, failed, forbidden, job, none, startPoller } from "./poller-harness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const three = [entry("a"), entry("b"), entry("c")];

describe("entries that share the slots", () => {
  it("ask side by side while there are slots", async () => {
    const { asking, settle } = startPoller({ entries: three, concurrent: 3 });
    await settle();
    expect(asking.map((question) => question.entry.key)).toEqual(["a", "b", "c"]);
  });

  it("take turns when there are fewer slots than entries, none left out and none before its turn", async () => {
    const { asking, answer, settle } = startPoller({ entries: three, concurrent: 1, checkIntervalMs: 10 });
    await settle();
    const order: string[] = [];
    for (let count = 0; count < 9; count++) {
      order.push(asking.map((question) => question.entry.key).join());
      await pass(10);
      await answer(none);
      await pass(10);
    }
    expect(order).toEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c"]);
  });

  it("take turns even when one of them always finds a job", async () => {
    const { asking, running, settle } = startPoller({ entries: three, concurrent: 1, checkIntervalMs: 10 });
    await settle();
    const order: string[] = [];
    for (let count = 0; count < 9; count++) {
      const [question] = asking;
      order.push(question?.entry.key ?? "nobody");
      question?.answer(question.entry.key === "a" ? job(count + 1) : none);
      await settle();
      running[0]?.end();
      await pass(10);
    }
    expect(order.filter((key) => key === "b").length).toBeGreaterThanOrEqual(3);
    expect(order.filter((key) => key === "c").length).toBeGreaterThanOrEqual(2);
  });

  it("ask short questions when one that is held would keep a slot from another", async () => {
    const { asking, settle } = startPoller({ entries: three, concurrent: 5 });
    await settle();
    expect(asking.map(({ longPoll }) => longPoll)).toEqual([false, false, false]);
  });

  it("ask questions that may be held when slots are plenty", async () => {
    const { asking, settle } = startPoller({ entries: three, concurrent: 6 });
    await settle();
    expect(asking.map(({ longPoll }) => longPoll)).toEqual([true, true, true]);
  });

  it("ask short questions again once jobs have taken the slots", async () => {
    const { asking, answer, settle } = startPoller({ entries: three, concurrent: 7 });
    await settle();
    await answer(job(1), "a");
    expect(asking.find((question) => question.entry.key === "a")?.longPoll).toBe(true);
    await answer(job(2), "a");
    expect(asking.find((question) => question.entry.key === "a")?.longPoll).toBe(false);
  });

  it("are not kept short by one that does not ask", async () => {
    const entries = [entry("a"), entry("b", { health: { failures: 1, intervalMs: 60_000 } })];
    const { asking, answer, settle } = startPoller({ entries, concurrent: 1 });
    await settle();
    await answer(none, "a");
    await answer(forbidden, "b");
    await pass(3000);
    expect(asking).toMatchObject([{ entry: { key: "a" }, longPoll: true }]);
  });

  it("a single entry is always held, even for the last slot", async () => {
    const { asking, settle } = startPoller({ entries: [entry("a")], concurrent: 1 });
    await settle();
    expect(asking[0]?.longPoll).toBe(true);
  });

  it("do not wait for one whose coordinator is down", async () => {
    const { asking, answer, settle } = startPoller({ entries: [entry("a"), entry("b")], concurrent: 1 });
    await settle();
    await answer(failed(null), "a");
    expect(asking).toMatchObject([{ entry: { key: "b" } }]);
  });
});

describe("reload", () => {
  it("begins new entries, and lets the question of one that is gone be answered", async () => {
    const { asking, running, answer, settle, reload, poller } = startPoller({ entries: [entry("a")], concurrent: 4 });
    await settle();
    reload({ entries: [entry("b")] });
    await settle();
    expect(asking.map((question) => [question.entry.key, question.signal.aborted])).toEqual([["a", false], ["b", false]]); // prettier-ignore
    await answer(job(1), "a");
    expect(running).toMatchObject([{ entry: { key: "a" } }]);
    await pass(60_000);
    expect(asking.map((question) => question.entry.key)).toEqual(["b"]);
    expect(poller.status().entries.map(({ name }) => name)).toEqual(["b"]);
  });

  it("changes an entry without asking twice, and gives its jobs the new settings", async () => {
    const { running, answer, settle, reload, questions } = startPoller({ entries: [entry("a")], concurrent: 4 });
    await settle();
    reload({ entries: [entry("a", { name: "renamed", limit: 1 })] });
    await settle();
    expect(questions()).toBe(1);
    await answer(job(1));
    expect(running[0]?.entry.name).toBe("renamed");
    await pass(60_000);
    expect(questions()).toBe(1);
  });

  it("clears health and back-off", async () => {
    const strict = entry("a", { health: { failures: 1, intervalMs: 3_600_000 } });
    const { asking, answer, settle, reload } = startPoller({ entries: [strict, entry("b")], concurrent: 4 });
    await settle();
    await answer(forbidden, "a");
    await answer(failed(429, 60_000), "b");
    await pass(3000);
    expect(asking).toEqual([]);
    reload({});
    await settle();
    expect(asking.map((question) => question.entry.key)).toEqual(["a", "b"]);
  });

  it("resizes the slots while jobs run", async () => {
    const { asking, running, answer, settle, reload } = startPoller({ entries: [entry("a")], concurrent: 2 });
    await settle();
    await answer(job(1));
    await answer(job(2));
    reload({ concurrent: 3 });
    await settle();
    expect(asking).toHaveLength(1);
    await answer(job(3));
    reload({ concurrent: 1 });
    running[0]?.end();
    running[0]?.end();
    await settle();
    expect(asking).toHaveLength(0);
    running[0]?.end();
    await settle();
    expect(asking).toHaveLength(1);
  });

  it("opens more lanes and closes them again", async () => {
    const wide = entry("a", { requestConcurrency: 3, adaptiveConcurrency: false });
    const { asking, answer, settle, reload } = startPoller({ entries: [entry("a")], concurrent: 9 });
    await settle();
    reload({ entries: [wide] });
    await settle();
    expect(asking).toHaveLength(3);
    reload({ entries: [entry("a")] });
    for (let count = 0; count < 3; count++) await answer(none);
    await pass(3000);
    expect(asking).toHaveLength(1);
  });
});

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
