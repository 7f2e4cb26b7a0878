import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveToTar } from "../../../src/storage/archive-reader.ts";
import type { UnpackOptions } from "../../../src/storage/zip-reader.ts";
import {
  centralHeader,
  dataDescriptor,
  endOfArchive,
  localHeader,
  type ZipRecord,
} from "../../../src/storage/zip-format.ts";
import { type Item, seen, tarBytes, tarItems, TIME } from "./tar-bytes.ts";

let path = "";
beforeAll(async () => {
  path = join(await mkdtemp(join(tmpdir(), "longshore-archive-")), "archive");
});
afterAll(async () => {
  await rm(join(path, ".."), { recursive: true });
});

interface Made extends Partial<Omit<ZipRecord, "name">> {
  readonly name: string;
  readonly data?: Buffer;
}

/** A zip archive as anybody could make one. */
function zipOf(entries: readonly Made[]): Buffer {
  const parts: Buffer[] = [];
  const records: ZipRecord[] = [];
  for (const { name, data = Buffer.from("data"), ...given } of entries) {
    const packed = given.method === 8 ? deflateRawSync(data) : given.method === 93 ? zstdCompressSync(data) : data;
    const record: ZipRecord = {
      name: Buffer.from(name),
      mode: 0o100644,
      uid: 0,
      gid: 0,
      mtime: TIME,
      method: 0,
      crc: crc32(data),
      compressed: packed.length,
      size: data.length,
      streamed: false,
      large: false,
      offset: Buffer.concat(parts).length,
      ...given,
    };
    records.push(record);
    parts.push(localHeader(record), packed, ...(record.streamed ? [dataDescriptor(record)] : []));
  }
  const start = Buffer.concat(parts).length;
  const directory = Buffer.concat(records.map(centralHeader));
  return Buffer.concat([...parts, directory, endOfArchive(records.length, directory.length, start)]);
}

async function read(bytes: Buffer, options: UnpackOptions = {}) {
  await writeFile(path, bytes);
  return tarItems(await archiveToTar(path, options));
}

const file = (name: string): Item => ({ name, type: "file", mode: 0o644, mtime: TIME, data: Buffer.from("data") });

describe("reading a downloaded archive", () => {
  it("tells zip, zstd and gzip apart by their first bytes", async () => {
    const tar = await tarBytes([file("f")]);
    for (const bytes of [zipOf([{ name: "f" }]), zstdCompressSync(tar), gzipSync(tar)]) {
      expect(await read(bytes)).toEqual([seen(file("f"))]);
    }
    expect(await read(zipOf([]))).toEqual([]);
    await expect(read(Buffer.from("<html>not found</html>"))).rejects.toMatchObject({
      code: "ARCHIVE_BROKEN",
      audience: "author",
    });
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });

  it("reads stored, deflated, zstd, streamed and zip64 entries", async () => {
    const data = Buffer.alloc(100_000, "text ");
    const entries: Made[] = [
      { name: "stored" },
      { name: "deflated", method: 8 },
      { name: "zstd", method: 93 },
      { name: "streamed", method: 8, streamed: true },
      { name: "large", method: 8, large: true },
      { name: "large-streamed", method: 8, large: true, streamed: true },
    ];
    const made = zipOf(entries.map((entry) => ({ ...entry, data })));
    expect(await read(made)).toEqual(entries.map(({ name }) => seen({ ...file(name), data })));
  });

  it("gives files without Unix modes ones that everybody may use", async () => {
    const zip = zipOf([
      { name: "d/", mode: 0, data: Buffer.alloc(0) },
      { name: "d/f", mode: 0 },
    ]);
    expect((await read(zip)).map(({ name, mode }) => [name, mode])).toEqual([
      ["d", 0o777],
      ["d/f", 0o666],
    ]);
  });

  it.each([
    ["a way up", [{ name: "../x" }]],
    ["an absolute name", [{ name: "/x" }]],
    ["a way up with backslashes", [{ name: "..\\x" }]],
    ["a write through a link", [{ name: "l", mode: 0o120777, data: Buffer.from("/etc") }, { name: "l/passwd" }]],
    ["a device", [{ name: "null", mode: 0o020666 }]],
    ["a pipe", [{ name: "pipe", mode: 0o010666 }]],
  ])("refuses %s in a zip archive", async (_, entries) => {
    await expect(read(zipOf(entries))).rejects.toMatchObject({ code: "ARCHIVE_UNSAFE", audience: "author" });
  });

  it("refuses a write through a link in a tar archive", async () => {
    const tar = await tarBytes([{ name: "l", type: "symlink", linkname: "/etc" }, file("l/passwd")]);
    await expect(read(gzipSync(tar))).rejects.toMatchObject({ code: "ARCHIVE_UNSAFE" });
    await expect(read(zstdCompressSync(await tarBytes([file("../x")])))).rejects.toMatchObject({
      code: "ARCHIVE_UNSAFE",
    });
  });

  it("refuses what unpacks to more than the limit, before unpacking it", async () => {
    const bomb = zipOf([{ name: "zeros", method: 8, data: Buffer.alloc(5_000_000) }]);
    expect(bomb.length).toBeLessThan(10_000);
    await expect(read(bomb, { maxBytes: 1_000_000 })).rejects.toMatchObject({ code: "ARCHIVE_UNSAFE" });
    expect(await read(bomb)).toHaveLength(1);
  });

  it("refuses entries that share their data", async () => {
    const one = zipOf([{ name: "a", data: Buffer.alloc(1000, "x") }]);
    const start = one.readUInt32LE(one.length - 6);
    const header = one.subarray(start, one.length - 22);
    const many = Buffer.concat([
      one.subarray(0, start),
      ...Array<Buffer>(5).fill(header),
      endOfArchive(5, header.length * 5, start),
    ]);
    await expect(read(many)).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });

  it.each([
    ["small", 100],
    ["medium", 300_000],
    ["large", 2_500_000],
  ])("gives back %s files whole, and tells what has passed", async (_, size) => {
    const data = Buffer.alloc(size, "some text that is longer than a window of it\n".repeat(37));
    const made = zipOf([0, 8, 93].map((method) => ({ name: String(method), method, data })));
    const tally = { bytes: 0, files: 0 };
    expect(await read(made, { tally })).toEqual([0, 8, 93].map((method) => seen({ ...file(String(method)), data })));
    expect(tally).toEqual({ bytes: 3 * size, files: 3 });
    const lies: Partial<Made>[] = [{ crc: 1 }, { size: size - 1 }, { size: size + 1 }, { size: 2 * size }];
    for (const method of [8, 93])
      for (const lie of lies)
        await expect(read(zipOf([{ name: "f", method, data, ...lie }]))).rejects.toMatchObject({
          code: "ARCHIVE_BROKEN",
        });
  });

  it.each([
    ["a wrong checksum", { crc: 1 }],
    ["a size that is too small", { size: 1, method: 8 }],
    ["a size that is too large", { size: 9, method: 8 }],
    ["an unknown compression", { method: 97 }],
  ])("reports %s", async (_, lie) => {
    await expect(read(zipOf([{ name: "f", ...lie }]))).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });

  it("reports an archive that was cut off", async () => {
    const zip = zipOf([{ name: "f", data: Buffer.alloc(5000, "x") }]);
    await expect(read(zip.subarray(0, 3000))).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
    const tar = gzipSync(await tarBytes([{ ...file("f"), data: Buffer.alloc(50_000) }]));
    await expect(read(tar.subarray(0, tar.length - 20))).rejects.toMatchObject({ code: "ARCHIVE_BROKEN" });
  });

  it.each([
    ["an absolute name", { name: "/etc/x" }],
    ["a way up", { name: "a/../../x" }],
    ["a second name of a file outside", { name: "x", type: "link" as const, linkname: "../x" }],
    ["a second name of an absolute file", { name: "x", type: "link" as const, linkname: "/etc/passwd" }],
    ["a device", { name: "x", type: "block-device" as const }],
    ["a pipe", { name: "x", type: "fifo" as const }],
  ])("refuses a tar archive with %s", async (_, item) => {
    await expect(read(gzipSync(await tarBytes([file("ordinary"), item])))).rejects.toMatchObject({
      code: "ARCHIVE_UNSAFE",
    });
  });

  it("keeps a link to an absolute path, and refuses what would be written through it", async () => {
    const link = { name: "python", type: "symlink" as const, linkname: "/usr/bin/python3", mode: 0o777, mtime: TIME };
    expect(await read(gzipSync(await tarBytes([link])))).toEqual([seen(link)]);
    await expect(read(gzipSync(await tarBytes([link, file("python/x")])))).rejects.toMatchObject({
      code: "ARCHIVE_UNSAFE",
    });
  });

  it("ends with the abort's reason", async () => {
    await writeFile(path, zipOf([{ name: "f" }]));
    const tar = await archiveToTar(path, { signal: AbortSignal.abort(new Error("job canceled")) });
    await expect(Readable.from(tar).toArray()).rejects.toMatchObject({ name: "AbortError" });
  });
});
