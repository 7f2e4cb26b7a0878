import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { entry, failed, forbidden, job, none, startPoller } from "./poller-harness.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("one entry", () => {
  it("asks at once, and again check_interval after an empty answer's question", async () => {
    const { asking, answer, settle, questions } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer(none);
    await pass(2999);
    expect(questions()).toBe(1);
    await pass(1);
    expect(asking).toHaveLength(1);
  });

  it("asks again almost at once after a question that was held for long", async () => {
    const { answer, settle, questions } = startPoller({ entries: [entry("a")] });
    await settle();
    await pass(50_000);
    await answer(none);
    await pass(100);
    expect(questions()).toBe(2);
  });

  it("has one question in flight, however long it takes", async () => {
    const { questions, settle } = startPoller({ entries: [entry("a")], concurrent: 10 });
    await settle();
    await pass(600_000);
    expect(questions()).toBe(1);
  });

  it("asks again at once after a job, while there is a slot", async () => {
    const { asking, running, answer, settle } = startPoller({ entries: [entry("a")], concurrent: 2 });
    await settle();
    await answer(job(1));
    await answer(job(2));
    expect([running.length, asking.length]).toEqual([2, 0]);
    running[0]?.end();
    await settle();
    expect(asking).toHaveLength(1);
  });

  it("pauses after a job too with strict_check_interval", async () => {
    const strict = entry("a", { strictCheckInterval: true });
    const { answer, settle, questions } = startPoller({ entries: [strict], concurrent: 2 });
    await settle();
    await answer(job(1));
    await pass(2999);
    expect(questions()).toBe(1);
    await pass(1);
    expect(questions()).toBe(2);
  });

  it("doesn't ask while there is an obstacle of its own, is told once why, and asks soon after it is gone", async () => {
    let reason: string | null = "no daemon";
    const { questions, events, poller } = startPoller({ entries: [entry("a", { obstacle: () => reason })] });
    await pass(600_000);
    expect(questions()).toBe(0);
    expect(poller.status().entries).toMatchObject([{ state: "obstructed" }]);
    reason = null;
    await pass(2_000);
    expect([questions(), events]).toEqual([1, ["a obstructed: no daemon", "a free"]]);
  });

  it("asks for no more jobs than its limit", async () => {
    const { asking, running, answer, settle, poller } = startPoller({
      entries: [entry("a", { limit: 1 })],
      concurrent: 5,
    });
    await settle();
    await answer(job(1));
    await pass(60_000);
    expect(asking).toHaveLength(0);
    expect(poller.status()).toMatchObject({ slotsInUse: 1, entries: [{ state: "at its limit", running: 1 }] });
    running[0]?.end();
    await settle();
    expect(asking).toHaveLength(1);
  });

  it("counts questions toward its limit", async () => {
    const wide = entry("a", { limit: 2, requestConcurrency: 5, adaptiveConcurrency: false });
    const { asking, settle } = startPoller({ entries: [wide], concurrent: 5 });
    await settle();
    expect(asking).toHaveLength(2);
  });

  it("has as many questions in flight as request_concurrency, where that is not adaptive", async () => {
    const wide = entry("a", { requestConcurrency: 3, adaptiveConcurrency: false });
    const { asking, settle } = startPoller({ entries: [wide], concurrent: 5 });
    await settle();
    expect(asking).toHaveLength(3);
  });

  it("works its way up to request_concurrency with jobs, and down with a slow-down", async () => {
    const { asking, answer, settle, poller } = startPoller({
      entries: [entry("a", { requestConcurrency: 4 })],
      concurrent: 9,
    });
    await settle();
    expect(asking).toHaveLength(1);
    for (let id = 1; id <= 3; id++) await answer(job(id));
    expect(asking).toHaveLength(2);
    expect(poller.status().entries[0]).toMatchObject({ hardLimit: 4, usedLimit: 2, asking: 2 });
    await answer({ ...none, retried: true });
    expect(poller.status().entries[0]).toMatchObject({ usedLimit: 1, asking: 1 });
  });

  it("gives each job the lowest free numbers", async () => {
    const { running, answer, settle } = startPoller({ entries: [entry("a")], concurrent: 3 });
    await settle();
    await answer(job(1, 7));
    await answer(job(2, 8));
    await answer(job(3, 7));
    const numbers = () => running.map(({ slot }) => [slot.runnerNumber, slot.projectNumber]);
    expect(numbers()).toEqual([[0, 0], [1, 0], [2, 1]]); // prettier-ignore
    running[0]?.end();
    await settle();
    await answer(job(4, 7));
    expect(numbers().at(-1)).toEqual([0, 0]);
  });

  it("dispatches a malformed job, so that it can be given back", async () => {
    const { running, answer, settle } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer({ kind: "malformed", id: 9, token: "t", problem: "p", retried: false, retryAfterMs: null });
    expect(running[0]?.job).toMatchObject({ kind: "malformed", id: 9 });
  });
});

describe("a coordinator in trouble", () => {
  it("is asked again in seconds and never in minutes, however long it lasts", async () => {
    const { answer, settle, asking, poller } = startPoller({ entries: [entry("a")], checkIntervalMs: 1000 });
    await settle();
    const waits: number[] = [];
    for (let count = 0; count < 8; count++) {
      await answer(failed(count % 2 === 0 ? 500 : null));
      expect(poller.status().entries[0]?.state).toBe("backing off");
      const from = Date.now();
      while (asking.length === 0) await pass(500);
      waits.push(Date.now() - from);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]);
  });

  it("is asked at the usual pace again after one good answer", async () => {
    const { answer, settle, questions } = startPoller({ entries: [entry("a")], checkIntervalMs: 1000 });
    await settle();
    for (let count = 0; count < 4; count++) {
      await answer(failed(500));
      await pass(15_000);
    }
    await answer(none);
    await pass(1000);
    const before = questions();
    await answer(failed(500));
    await pass(1000);
    expect(questions()).toBe(before + 1);
  });

  it("gets the pause that it asks for, without a slot being held", async () => {
    const { answer, settle, questions, poller } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer(failed(429, 20_000));
    expect(poller.status().slotsInUse).toBe(0);
    await pass(19_999);
    expect(questions()).toBe(1);
    await pass(1);
    expect(questions()).toBe(2);
  });

  it("that asks for a pause of a day is asked again within 30 s all the same", async () => {
    const { answer, settle, questions } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer(failed(429, 86_400_000));
    await pass(24_999);
    expect(questions()).toBe(1);
    await pass(1);
    expect(questions()).toBe(2);
  });

  it("that hung is asked again almost at once: the question has been pause enough", async () => {
    const { answer, settle, questions } = startPoller({ entries: [entry("a")] });
    await settle();
    for (let count = 1; count < 10; count++) {
      await pass(20_000);
      await answer(failed(null));
      await pass(999);
      expect(questions()).toBe(count);
      await pass(1);
      expect(questions()).toBe(count + 1);
    }
  });

  it("is never unhealthy for 5xx, 401, 404 or no answer", async () => {
    const { answer, settle, events, poller } = startPoller({ entries: [entry("a")] });
    await settle();
    for (const status of [500, 502, 401, 404, 422, null, null, 500]) {
      await answer(failed(status));
      await pass(15_000);
    }
    expect(events).toEqual([]);
    expect(poller.status().entries[0]).toMatchObject({ state: "asking", failures: 8 });
  });

  it("that gave the job to another runner is asked at the usual pace", async () => {
    const { answer, settle, poller } = startPoller({ entries: [entry("a")] });
    await settle();
    await answer(failed(409));
    expect(poller.status().entries[0]).toMatchObject({ state: "pausing", failures: 0 });
  });

  it("that forbids three times is left alone for the interval, then asked once, and counted anew", async () => {
    const { answer, settle, questions, events } = startPoller({ entries: [entry("a")] });
    await settle();
    for (let count = 0; count < 3; count++) {
      await answer(forbidden);
      await pass(3000);
    }
    expect(events).toEqual(["a check failed", "a check failed", "a check failed", "a unhealthy"]);
    await pass(3_600_000 - 3001);
    expect(questions()).toBe(3);
    await pass(1);
    expect(questions()).toBe(4);
    expect(events.at(-1)).toBe("a forced");
    await answer(forbidden);
    await pass(3000);
    expect(questions()).toBe(5);
  });
});
