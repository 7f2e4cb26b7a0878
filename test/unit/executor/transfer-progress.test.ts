import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { meterMs, withProgress } from "../../../src/executor/transfer-progress.ts";
import { systemClock } from "../../../src/support/clock.ts";
import type { Trace } from "../../../src/trace/trace.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MEBIBYTE = 1024 * 1024;

function transfer(everyMs?: number) {
  const lines: string[] = [];
  const tally = { bytes: 0, files: 0 };
  const work = Promise.withResolvers<string>();
  const trace = { line: async (text: string) => void lines.push(text) } as Trace;
  const every = everyMs === undefined ? {} : { everyMs };
  const words = { doing: "Uploading artifacts", done: "Uploaded artifacts", tally: async () => tally, ...every };
  const result = withProgress({ trace, clock: systemClock }, words, () => work.promise);
  // Whoever looks at it later must not be told off for that.
  result.catch(() => {});
  return { lines, tally, work, result };
}

describe("the progress of a transfer", () => {
  it("is told every five seconds, and in all at its end", async () => {
    const { lines, tally, work, result } = transfer();
    Object.assign(tally, { bytes: 50 * MEBIBYTE, files: 1 });
    await vi.advanceTimersByTimeAsync(5000);
    Object.assign(tally, { bytes: 150 * MEBIBYTE, files: 20 });
    await vi.advanceTimersByTimeAsync(5000);
    Object.assign(tally, { bytes: 180 * MEBIBYTE, files: 21 });
    await vi.advanceTimersByTimeAsync(2000);
    work.resolve("done");
    expect(await result).toBe("done");
    expect(lines).toEqual([
      "Uploading artifacts: 50.0 MiB, 1 file, 5 s, 10.0 MiB/s",
      "Uploading artifacts: 150.0 MiB, 20 files, 10 s, 15.0 MiB/s",
      "Uploaded artifacts: 180.0 MiB, 21 files, 12 s, 15.0 MiB/s",
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not told of what is done sooner", async () => {
    const { lines, work, result } = transfer();
    await vi.advanceTimersByTimeAsync(4900);
    work.resolve("done");
    await result;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toEqual([]);
  });

  it("has no last line when the work fails", async () => {
    const { lines, work, result } = transfer();
    await vi.advanceTimersByTimeAsync(6000);
    work.reject(new Error("connection lost"));
    await expect(result).rejects.toThrow("connection lost");
    expect(lines).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("TRANSFER_METER_FREQUENCY", () => {
  it.each([
    ["2s", 2000],
    ["1m30s", 90_000],
    ["10ms", 1000],
    ["0", undefined],
    ["-5s", undefined],
    ["often", undefined],
    ["", undefined],
  ])("%j is %s milliseconds", (text, ms) => {
    expect(meterMs({ environment: [`TRANSFER_METER_FREQUENCY=${text}`] })).toBe(ms);
  });

  it("is how often it is told, and what is done sooner is told as well", async () => {
    const { lines, tally, work, result } = transfer(2000);
    Object.assign(tally, { bytes: 4 * MEBIBYTE, files: 1 });
    await vi.advanceTimersByTimeAsync(2000);
    work.resolve("done");
    await result;
    expect(lines).toEqual([
      "Uploading artifacts: 4.0 MiB, 1 file, 2 s, 2.0 MiB/s",
      "Uploaded artifacts: 4.0 MiB, 1 file, 2 s, 2.0 MiB/s",
    ]);
    const short = transfer(60_000);
    short.work.resolve("done");
    await short.result;
    expect(short.lines).toEqual(["Uploaded artifacts: 0.0 MiB, 0 files, 0 s, 0.0 MiB/s"]);
  });
});
