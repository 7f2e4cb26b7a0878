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

  it("go on asking when the machine's clock is set back", async () => {
    const { asking, answer, settle } = startPoller({ entries: three, concurrent: 3 });
    await settle();
    while (asking.length > 0) await answer(none);
    vi.setSystemTime(Date.now() - 3_600_000);
    // Each comes again at most one and a half intervals later.
    await pass(4_500);
    expect(asking.map((question) => question.entry.key).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("spread their questions over check_interval, though they all began at once", async () => {
    const fifty = Array.from({ length: 50 }, (_, index) => entry(`entry ${index}`));
    const { asking, settle } = startPoller({ entries: fifty, concurrent: 50 });
    await settle();
    const asked: { readonly key: string; readonly at: number }[] = [];
    for (let at = 0; at < 9000; at += 10) {
      for (let question = asking[0]; question !== undefined; question = asking[0]) {
        asked.push({ key: question.entry.key, at });
        question.answer(none);
      }
      await pass(10);
    }
    const perSecond = Array.from({ length: 9 }, (_, second) =>
      asked.filter(({ at }) => Math.floor(at / 1000) === second),
    );
    expect(perSecond.slice(3).every(({ length }) => length >= 15 && length <= 18)).toBe(true);
    for (const { key } of fifty) {
      const times = asked.filter((question) => question.key === key && question.at >= 3000).map(({ at }) => at);
      expect([key, times.length]).toEqual([key, 2]);
    }
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

  it("give a slot back that came too late to be used", async () => {
    const narrow = entry("a", { limit: 1, requestConcurrency: 2, adaptiveConcurrency: false });
    const { running, answer, settle, reload, poller } = startPoller({ entries: [entry("b")], concurrent: 2 });
    await settle();
    await answer(job(1), "b");
    await answer(job(2), "b");
    reload({ entries: [narrow] });
    running[0]?.end();
    await settle();
    await answer(job(3), "a");
    running[0]?.end();
    await settle();
    expect(poller.status()).toMatchObject({ slotsInUse: 1, jobs: 1, entries: [{ state: "at its limit" }] });
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

  it("of an entry that is gone does not keep the agent from stopping", async () => {
    const { asking, settle, reload, poller } = startPoller({ entries: [entry("a")], concurrent: 4 });
    await settle();
    reload({ entries: [] });
    await poller.stop("graceful");
    expect(asking).toEqual([]);
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
