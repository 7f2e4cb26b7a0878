import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveToTar } from "../../../src/storage/archive-reader.ts";
import { writeArtifact } from "../../../src/storage/artifact-writer.ts";
import { type Item, type Seen, seen, tarBytes, tarItems, TIME } from "./tar-bytes.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-zip-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function roundTrip(items: readonly Item[], format: string): Promise<Seen[]> {
  const path = join(directory, "archive");
  const prefixed = items.map((item) => ({ ...item, name: `artifacts-0/${item.name}` }));
  const tar = Readable.from([await tarBytes([{ name: "artifacts-0", type: "directory" }, ...prefixed])]);
  const result = await writeArtifact(tar, createWriteStream(path), { format, stripPrefix: "artifacts-0" });
  expect(result.files).toBe(items.length);
  return tarItems(await archiveToTar(path, {}));
}

const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .filter((text) => text.isWellFormed() && !/[/\0\uFFFD\\]/.test(text) && text !== "." && text !== "..");
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 0, max: 1_400_000 }).map((size) => Buffer.alloc(size, "some text that repeats itself\n")),
);
const item: fc.Arbitrary<Item> = fc.oneof(
  { arbitrary: fc.record({ mode: fc.constantFrom(0o644, 0o755, 0o600, 0o4755), data: content }), weight: 3 },
  {
    arbitrary: fc.record({ linkname: name, type: fc.constant("symlink" as const), mode: fc.constant(0o777) }),
    weight: 1,
  },
  { arbitrary: fc.record({ type: fc.constant("directory" as const), mode: fc.constantFrom(0o755, 0o700) }), weight: 1 },
) as fc.Arbitrary<Item>;
const tree = fc
  .uniqueArray(name, { maxLength: 8, comparator: (a, b) => a.normalize() === b.normalize() })
  .chain((names) =>
    fc.tuple(...names.map((each) => item.map((made) => ({ type: "file" as const, mtime: TIME, ...made, name: each })))),
  );

describe.each(["zip", "zipzstd", "tarzstd"])("an archive of the format %s", (format) => {
  it("gives back every file, directory and link as it was", async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (items) => {
        expect(await roundTrip(items, format)).toEqual(items.map(seen));
      }),
      { numRuns: 40 },
    );
  });

  it("keeps the owner of everything, for jobs whose user is not root", async () => {
    const owner = { uid: 1000, gid: 65_534, mtime: TIME };
    const items: Item[] = [
      { name: "d", type: "directory", mode: 0o750, ...owner },
      { name: "d/f", type: "file", mode: 0o600, data: Buffer.from("x"), ...owner },
      { name: "d/large", type: "file", mode: 0o600, data: Buffer.alloc(1_400_000), ...owner },
      { name: "d/l", type: "symlink", mode: 0o777, linkname: "f", ...owner },
    ];
    expect(await roundTrip(items, format)).toEqual(items.map(seen));
  });

  it("makes the directories that no entry is about, open to all", async () => {
    const items = await roundTrip([{ name: "a/b/c", data: Buffer.from("x") }], format);
    expect(items.map((entry) => [entry.name, entry.type, entry.mode])).toEqual([
      ["a", "directory", 0o777],
      ["a/b", "directory", 0o777],
      ["a/b/c", "file", 0o644],
    ]);
  });

  it("fails when the tar stream breaks off, and ends when it is aborted", async () => {
    const bytes = await tarBytes([{ name: "big", data: Buffer.alloc(3_000_000) }]);
    const cut = Readable.from([bytes.subarray(0, 1_000_000)]);
    const sink = () => new PassThrough().resume();
    await expect(writeArtifact(cut, sink(), { format, stripPrefix: "" })).rejects.toMatchObject({
      code: "ARCHIVE_BROKEN",
    });

    const controller = new AbortController();
    const endless = new PassThrough();
    endless.write(bytes.subarray(0, 600_000));
    const running = writeArtifact(endless, sink(), { format, stripPrefix: "", signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
    expect(endless.destroyed).toBe(true);
  });
});

describe("a zip archive", () => {
  const packed = async (items: readonly Item[], format = "zip") => {
    const out = new PassThrough();
    const collected = buffer(out);
    await writeArtifact(Readable.from([await tarBytes(items)]), out, { format, stripPrefix: "" });
    return collected;
  };

  it("stores what is compressed already, and deflates what isn't", async () => {
    const random = Buffer.alloc(2_000_000);
    for (let index = 0; index < random.length; index += 4)
      random.writeUInt32LE((Math.imul(index, 2654435761) ^ (index << 13) ^ Math.imul(index >> 3, 40503)) >>> 0, index);
    expect((await packed([{ name: "text", data: Buffer.alloc(2_000_000, "abc\n") }])).length).toBeLessThan(20_000);
    const stored = await packed([{ name: "named.gz", data: Buffer.alloc(2_000_000) }]);
    expect(stored.length).toBeGreaterThan(2_000_000);
    const noise = await packed([{ name: "noise", data: random }]);
    expect(noise.length).toBeLessThan(random.length * 1.001 + 1000);
  });

  it.each([100_000, 2_000_000])("of the format zipzstd has entries of zstd (%i bytes)", async (size) => {
    const archive = await packed([{ name: "text", data: Buffer.alloc(size, "abc\n") }], "zipzstd");
    expect({ method: archive.readUInt16LE(8), needed: archive.readUInt16LE(4) }).toEqual({ method: 93, needed: 63 });
    expect(archive.length).toBeLessThan(20_000);
  });

  it("turns a second name of a file into a link to the first", async () => {
    const path = join(directory, "linked");
    const items = [
      { name: "p/a/first", data: Buffer.from("x") },
      { name: "p/b/second", type: "link" as const, linkname: "p/a/first" },
    ];
    await writeArtifact(Readable.from([await tarBytes(items)]), createWriteStream(path), {
      format: "zip",
      stripPrefix: "p",
    });
    expect(await tarItems(await archiveToTar(path, {}))).toContainEqual(
      expect.objectContaining({ name: "b/second", type: "symlink", linkname: "../a/first" }),
    );
  });

  it("leaves devices and pipes out", async () => {
    const items = [
      { name: "pipe", type: "fifo" as const },
      { name: "null", type: "character-device" as const },
    ];
    expect((await packed(items)).length).toBe(22);
  });
});
