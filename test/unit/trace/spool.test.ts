import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TraceSpool } from "../../../src/trace/spool.ts";
import { MemoryFile } from "./memory-file.ts";

const ever = new AbortController().signal;

function crc(text: string): string {
  return `crc32:${crc32(text).toString(16).padStart(8, "0")}`;
}

describe("on a disk", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "longshore-spool-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("keeps what was appended, in order, and only for its owner to read", async () => {
    const path = join(directory, "trace.log");
    const spool = await TraceSpool.open(path);
    await Promise.all(["one ", "two ", "three"].map((text) => spool.append(Buffer.from(text))));
    await spool.drain();
    expect(spool.size).toBe(13);
    expect(spool.checksum()).toBe(crc("one two three"));
    expect((await spool.read(4, 5)).toString()).toBe("two t");
    expect(await spool.read(13, 5)).toHaveLength(0);
    await spool.close();
    expect(await readFile(path, "utf8")).toBe("one two three");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("goes on with the file of an earlier run, checksum included, less what it was told to drop", async () => {
    const path = join(directory, "trace.log");
    const first = await TraceSpool.open(path);
    await first.append(Buffer.from("kept dropped"));
    await first.close();
    const second = await TraceSpool.open(path, { truncateTo: 5 });
    expect(second.checksum()).toBe(crc("kept "));
    await second.append(Buffer.from("new"));
    await second.close();
    const third = await TraceSpool.open(path);
    expect(third.size).toBe(8);
    expect(third.checksum()).toBe(crc("kept new"));
    await third.close();
  });

  test("a directory that is not there is a TRACE_SPOOL error", async () => {
    await expect(TraceSpool.open(join(directory, "none", "trace.log"))).rejects.toMatchObject({ code: "TRACE_SPOOL" });
  });
});

describe("batches", () => {
  test("ten thousand tiny appends cost a few writes", async () => {
    const file = new MemoryFile();
    const spool = await TraceSpool.open("", { openFile: () => Promise.resolve(file) });
    await Promise.all(Array.from({ length: 10_000 }, (_, line) => spool.append(Buffer.from(`line ${line}\n`))));
    await spool.drain();
    expect(file.content.toString()).toMatch(/^line 0\n[^]*line 9999\n$/);
    expect(file.writes).toBeLessThan(50);
  });

  test("an append waits once much is under way", async () => {
    const file = new MemoryFile();
    const spool = await TraceSpool.open("", { openFile: () => Promise.resolve(file) });
    await spool.append(Buffer.alloc(10));
    expect(spool.size).toBe(0);
    await spool.append(Buffer.alloc(256 * 1024));
    expect(spool.size).toBe(10 + 256 * 1024);
  });

  test("each batch is announced with the size it leads to, before any of it can be read", async () => {
    const announced: number[] = [];
    const beforeBatch = (size: number) => {
      expect(spool.size).toBeLessThan(size);
      expect(spool.appendedSize).toBe(size);
      announced.push(size);
      return Promise.resolve();
    };
    const spool: TraceSpool = await TraceSpool.open("", {
      openFile: () => Promise.resolve(new MemoryFile()),
      beforeBatch,
    });
    await Promise.all([spool.append(Buffer.from("ab")), spool.append(Buffer.from("c"))]);
    await spool.drain();
    await spool.append(Buffer.from("d"));
    await spool.drain();
    expect(announced).toEqual([3, 4]);
  });
});

describe("waiting for more", () => {
  test("ends when bytes beyond the offset can be read, not before", async () => {
    const spool = await TraceSpool.open("", { openFile: () => Promise.resolve(new MemoryFile()) });
    const seen: number[] = [];
    const waits = [0, 1, 2].map((offset) => spool.waitForMore(offset, ever).then(() => seen.push(offset)));
    await spool.append(Buffer.from("ab"));
    await spool.drain();
    await Promise.all(waits.slice(0, 2));
    expect(seen).toEqual([0, 1]);
    await spool.append(Buffer.from("c"));
    await waits[2];
  });

  test("rejects with the signal's reason", async () => {
    const spool = await TraceSpool.open("", { openFile: () => Promise.resolve(new MemoryFile()) });
    const controller = new AbortController();
    const wait = spool.waitForMore(0, controller.signal);
    controller.abort(new Error("enough"));
    await expect(wait).rejects.toThrow("enough");
    await expect(spool.waitForMore(0, controller.signal)).rejects.toThrow("enough");
  });
});
