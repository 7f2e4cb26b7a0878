import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { never, pass, success, uploaderBench } from "./uploader-bench.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a 416", () => {
  test("makes the log go on at the size that was named, and what the coordinator had stays", async () => {
    const { api, uploader, spool, acknowledged } = await uploaderBench({ acknowledged: 2 });
    await spool.append(Buffer.from("abcdefgh"));
    await spool.drain();
    api.stored = Buffer.from("abcde");
    uploader.start();
    await pass(200);
    expect(api.patches.map(({ offset }) => offset)).toEqual([2, 5]);
    expect(api.stored.toString()).toBe("abcdefgh");
    expect(acknowledged).toEqual([5, 8]);
    await uploader.stop();
  });

  test("with a smaller size than was acknowledged sends again what the coordinator lost", async () => {
    const { api, uploader, print } = await uploaderBench();
    uploader.start();
    await print("abcdef");
    await pass(200);
    api.stored = api.stored.subarray(0, 1);
    await print("gh");
    await pass(300);
    expect(api.stored.toString()).toBe("abcdefgh");
    await uploader.stop();
  });

  test("with a larger size than the log is a failure that is logged and tried again", async () => {
    const { api, uploader, print, problems } = await uploaderBench();
    api.patchFaults.push({ claims: 1000 });
    uploader.start();
    await print("abc");
    await pass(900);
    expect(problems).toEqual(["the coordinator refuses the log at 0 of 3 bytes, and says that it has 1000"]);
    expect(api.stored).toHaveLength(0);
    await pass(1000);
    expect(api.stored.toString()).toBe("abc");
    await uploader.stop();
  });

  test("again and again does not become a storm", async () => {
    const { api, uploader, print } = await uploaderBench();
    for (let turn = 0; turn < 100; turn++) api.patchFaults.push({ claims: 1 }, { claims: 2 });
    uploader.start();
    await print("abc");
    await pass(60_000);
    expect(api.patches.length).toBeLessThan(20);
    await uploader.stop();
  });
});

describe("failures", () => {
  test("the same bytes again, after pauses that double and stay in seconds", async () => {
    const { api, uploader, print } = await uploaderBench();
    api.patchFaults.push("5xx", "lost-request", "not-found", "5xx", "5xx", "5xx", "5xx");
    uploader.start();
    await print("abc");
    await pass(70_000);
    const starts = api.patches.map(({ at }) => at);
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] as number));
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    expect(new Set(api.patches.map(({ offset }) => offset))).toEqual(new Set([0]));
    expect(api.stored.toString()).toBe("abc");
    await uploader.stop();
  });

  test("a problem that goes on is told once, and again when it comes back", async () => {
    const { api, uploader, print, problems } = await uploaderBench();
    for (let turn = 0; turn < 20; turn++) api.patchFaults.push("5xx");
    uploader.start();
    await print("abc");
    await pass(600_000);
    expect(api.stored.toString()).toBe("abc");
    expect(problems).toEqual(["the log could not be sent: 503"]);
    api.patchFaults.push("5xx");
    await print("def");
    await pass(10_000);
    expect(problems).toHaveLength(2);
    await uploader.stop();
  });

  test("a pause that was asked for is kept", async () => {
    const { api, uploader, print } = await uploaderBench();
    const patch = api.patchTrace.bind(api);
    const busy = {
      kind: "failed",
      reason: "429",
      retryAfterMs: 25_000,
      signal: "none",
      updateIntervalMs: null,
    } as const;
    let calls = 0;
    api.patchTrace = (...given) => (calls++ === 0 ? Promise.resolve(busy) : patch(...given));
    uploader.start();
    await print("abc");
    await pass(24_900);
    expect(calls).toBe(1);
    await pass(200);
    expect(api.stored.toString()).toBe("abc");
    await uploader.stop();
  });

  test("an answer that was lost costs no byte and doubles none", async () => {
    const { api, uploader, print } = await uploaderBench();
    api.patchFaults.push("lost-answer");
    uploader.start();
    await print("abc");
    await pass(5000);
    expect(api.stored.toString()).toBe("abc");
    await uploader.stop();
  });

  test("a call that hangs is given up after two minutes, and repeated", async () => {
    const { api, uploader, print, problems } = await uploaderBench();
    api.patchFaults.push("hang");
    uploader.start();
    await print("abc");
    await pass(119_000);
    expect(api.patches).toHaveLength(1);
    await pass(3000);
    expect(problems).toEqual(["the log could not be sent: no answer within 120 s"]);
    expect(api.stored.toString()).toBe("abc");
    await uploader.stop();
  });

  test("a spool that can't be read is a failed try, not the end of the loop", async () => {
    const { api, file, uploader, print, spool } = await uploaderBench();
    await print("abcdef");
    await spool.drain();
    const whole = file.content;
    file.content = whole.subarray(0, 3);
    uploader.start();
    await pass(500);
    expect(api.patches).toEqual([]);
    file.content = whole;
    await pass(2000);
    expect(api.stored.toString()).toBe("abcdef");
    await uploader.stop();
  });
});

describe("cancel and abort", () => {
  test("cancel is told once and the log goes on", async () => {
    const { api, uploader, print, told } = await uploaderBench();
    api.signal = "cancel";
    uploader.start();
    for (let line = 0; line < 3; line++) {
      await print("x");
      await pass(200);
    }
    await pass(31_000);
    expect(told).toEqual(["cancel"]);
    expect(api.stored.toString()).toBe("xxx");
    await uploader.stop();
  });

  test("abort is told once, nothing more is sent, and the final update still tries", async () => {
    const { api, uploader, print, told } = await uploaderBench();
    api.signal = "abort";
    uploader.start();
    await print("x");
    await pass(200);
    api.signal = "cancel";
    await print("y");
    await pass(120_000);
    expect(told).toEqual(["abort"]);
    expect(await uploader.finish(success, never())).toBe("aborted");
    expect(told).toEqual(["abort"]);
    expect(api.patches).toHaveLength(1);
    expect(api.updates).toHaveLength(1);
  });

  test("abort outranks a cancel that came before", async () => {
    const { api, uploader, print, told } = await uploaderBench();
    api.signal = "cancel";
    uploader.start();
    await print("x");
    await pass(200);
    api.patchFaults.push("forbidden");
    await print("y");
    await pass(200);
    expect(told).toEqual(["cancel", "abort"]);
    await uploader.stop();
  });
});
