import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";
import { readLogEnd } from "../../../src/trace/limited-log.ts";
import { TraceSpool } from "../../../src/trace/spool.ts";
import { MemoryFile } from "./memory-file.ts";

let file: MemoryFile;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  file = new MemoryFile();
  told = [];
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const kilobytes = (count: number, of = "x") => Buffer.alloc(count * 1024, of);

function opened(): Promise<TraceSpool> {
  return TraceSpool.open("", {
    openFile: () => Promise.resolve(file),
    clock: systemClock,
    onTrouble: (trouble) => told.push(trouble === null ? "well" : `${trouble.error.code} ${String(trouble.isOver)}`),
  });
}

/** Whether a promise has resolved, without a wait for it. */
async function state(promise: Promise<unknown>): Promise<string> {
  return Promise.race([promise.then(() => "done"), Promise.resolve().then(() => "waits")]);
}

async function allOf(spool: TraceSpool): Promise<string> {
  let text = "";
  while (text.length < spool.size) text += (await spool.read(text.length, 100_000)).toString();
  return text;
}

function isWhole(spool: TraceSpool, text: string): void {
  expect([spool.size, spool.checksum()]).toEqual([text.length, `crc32:${crc32(text).toString(16).padStart(8, "0")}`]);
}

describe("a disk that is full", () => {
  test("makes who writes much wait, and gets all once there is room again", async () => {
    const spool = await opened();
    await spool.append(Buffer.from("before "));
    await spool.drain();
    file.capacity = 9;
    await spool.append(Buffer.from("during "));
    const much = spool.append(kilobytes(300));
    await pass(100);
    expect([await state(much), spool.size, told]).toEqual(["waits", 7, ["TRACE_SPOOL false"]]);
    file.capacity = Infinity;
    await pass(1);
    await much;
    await spool.append(Buffer.from(" after"));
    await spool.drain();
    const text = `before during ${kilobytes(300).toString()} after`;
    expect(file.content.toString()).toBe(text);
    isWhole(spool, text);
    expect(told).toEqual(["TRACE_SPOOL false", "well"]);
    await spool.close();
  });

  test("lets nobody wait for longer than two minutes; then what waits can be read all the same", async () => {
    const spool = await opened();
    await spool.append(Buffer.from("kept "));
    await spool.drain();
    file.capacity = 0;
    const much = spool.append(kilobytes(300));
    const more = new AbortController();
    const readable = spool.waitForMore(5, more.signal);
    await pass(119);
    expect([await state(much), await state(readable)]).toEqual(["waits", "waits"]);
    await pass(2);
    await Promise.all([much, readable]);
    expect(told).toEqual(["TRACE_SPOOL false", "TRACE_SPOOL true"]);
    await spool.append(Buffer.from(" last words"));
    await spool.drain();
    const text = `kept ${kilobytes(300).toString()} last words`;
    expect(await allOf(spool)).toBe(text);
    isWhole(spool, text);
    expect([spool.writtenSize, file.content.toString()]).toEqual([5, "kept "]);
    await expect(spool.close()).rejects.toMatchObject({ code: "TRACE_SPOOL" });
    expect(file.closed).toBe(true);
  });

  test("goes on in the file when there is room after all, without a byte twice or missing", async () => {
    const spool = await opened();
    file.capacity = 0;
    await spool.append(Buffer.from("one "));
    await pass(130);
    expect(await allOf(spool)).toBe("one ");
    file.capacity = Infinity;
    await pass(1);
    await spool.append(Buffer.from("two"));
    await spool.drain();
    expect([file.content.toString(), told.at(-1)]).toEqual(["one two", "well"]);
    isWhole(spool, "one two");
    await spool.close();
  });

  test("takes no more memory than a bounded queue, in which there is room for last words", async () => {
    const spool = await opened();
    file.capacity = 0;
    void spool.append(kilobytes(900));
    await pass(130);
    await expect(spool.append(kilobytes(200))).rejects.toMatchObject({ code: "TRACE_SPOOL" });
    await spool.append(kilobytes(120));
    await expect(spool.append(kilobytes(16))).rejects.toMatchObject({ code: "TRACE_SPOOL" });
    for (let line = 0; line < 17; line++) await spool.append(kilobytes(4));
    await expect(spool.append(kilobytes(4, "y"))).rejects.toMatchObject({ code: "TRACE_SPOOL" });
    expect(spool.appendedSize).toBeLessThanOrEqual(1_100 * 1024);
    await expect(spool.close()).rejects.toMatchObject({ code: "TRACE_SPOOL" });
  });

  test("keeps nobody who closes the log from it, and is tried a last time", async () => {
    const spool = await opened();
    file.capacity = 0;
    await spool.append(Buffer.from("late"));
    await pass(5);
    file.capacity = Infinity;
    await spool.close();
    expect([file.content.toString(), file.closed]).toEqual(["late", true]);
  });
});

test("the end of a log that exceeds its limit has what the disk had no room for", async () => {
  const tail = await opened();
  await tail.append(Buffer.from("printed\n"));
  await tail.drain();
  file.capacity = 8;
  await tail.append(Buffer.from("ERROR: Job failed: no room\n"));
  await pass(121);
  const end = await readLogEnd(tail, { headBytes: 0, at: 0, sections: [] });
  expect(end.toString()).toContain("printed\nERROR: Job failed: no room\n");
  await expect(tail.close()).rejects.toThrowError(expect.objectContaining({ code: "TRACE_SPOOL" }));
});
