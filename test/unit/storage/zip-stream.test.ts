import { randomBytes } from "node:crypto";
import { PassThrough, Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { pack as tarPack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { writeArtifact } from "../../../src/storage/artifact-writer.ts";
import { BLOCK_BYTES } from "../../../src/storage/block-pool.ts";
import { type Item, tarBytes } from "./tar-bytes.ts";

const MEBIBYTE = 1024 * 1024;

async function pack(tar: Readable, options: { level?: number; format?: string } = {}): Promise<Buffer> {
  const out = new PassThrough();
  const [bytes] = await Promise.all([
    buffer(out),
    writeArtifact(tar, out, { format: options.format ?? "zip", stripPrefix: "", ...options }),
  ]);
  return bytes;
}

function cut(bytes: Buffer, sizes: readonly number[]): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(pieces);
}

describe("packing a tar stream", () => {
  const noise = randomBytes(3 * BLOCK_BYTES);
  const text = Buffer.from(noise.toString("hex"));
  const item = fc
    .record({
      name: fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 8 }),
      source: fc.constantFrom(noise, text),
      start: fc.nat(1000),
      size: fc.oneof(
        fc.nat(100_000),
        fc.integer({ min: BLOCK_BYTES - 2, max: BLOCK_BYTES + 2 }),
        fc.nat(2.5 * BLOCK_BYTES),
      ),
    })
    .map(({ name, source, start, size }): Item => ({ name, data: source.subarray(start, start + size) }));

  it.each(["zip", "gzip"])("to %s gives the same bytes however the stream is cut", async (format) => {
    const items = fc.uniqueArray(item, { minLength: 1, maxLength: 6, selector: ({ name }) => name });
    const sizes = fc.array(fc.oneof(fc.integer({ min: 500, max: 5000 }), fc.constant(65_536), fc.constant(MEBIBYTE)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(items, sizes, async (files, pieces) => {
        const tar = await tarBytes(files);
        const whole = await pack(Readable.from([tar]), { format });
        expect((await pack(cut(tar, pieces), { format })).equals(whole)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  it("compresses nothing at level 0", async () => {
    const items = [
      { name: "large", data: Buffer.alloc(2 * BLOCK_BYTES, "text ") },
      { name: "small", data: Buffer.alloc(5000, "text ") },
    ];
    expect((await pack(Readable.from([await tarBytes(items)]), { level: 0 })).length).toBeGreaterThan(2 * BLOCK_BYTES);
  });

  it("reads no further than a few blocks ahead when nobody takes the archive", async () => {
    const huge = tarPack();
    const header = new Promise<unknown>((resolve) => void huge.once("data", resolve));
    huge.entry({ name: "huge", size: 1000 * MEBIBYTE });
    let read = 0;
    const tar = Readable.from(
      (async function* () {
        yield await header;
        for (; read < 1000 * MEBIBYTE; read += BLOCK_BYTES) yield noise.subarray(0, BLOCK_BYTES);
      })(),
    );
    const stuck = new Writable({ write: () => {} });
    const stop = new AbortController();
    const packing = writeArtifact(tar, stuck, { format: "zip", stripPrefix: "", signal: stop.signal });
    for (let still = 0, seen = 0; still < 500; still = read === seen ? still + 1 : 0) {
      seen = read;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(read).toBeGreaterThan(BLOCK_BYTES);
    expect(read).toBeLessThan(16 * MEBIBYTE);
    stop.abort();
    await expect(packing).rejects.toMatchObject({ name: "AbortError" });
  });

  it("counts the files that have passed and their bytes", async () => {
    const tally = { bytes: 0, files: 0 };
    const items: Item[] = [
      { name: "d", type: "directory" },
      { name: "d/f", data: Buffer.alloc(1000) },
      { name: "d/l", type: "symlink", linkname: "f" },
      { name: "g", data: Buffer.alloc(700_000) },
    ];
    const out = new PassThrough().resume();
    const tar = Readable.from([await tarBytes(items)]);
    await writeArtifact(tar, out, { format: "zip", stripPrefix: "", tally });
    expect(tally).toEqual({ bytes: 701_000, files: 2 });
  });
});
