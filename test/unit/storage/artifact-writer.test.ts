import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { artifactFileName, compressionLevel, writeArtifact } from "../../../src/storage/artifact-writer.ts";
import { isIncompressible } from "../../../src/storage/block-compression.ts";
import { type Item, tarBytes, TIME } from "./tar-bytes.ts";

async function write(items: readonly Item[], format: string): Promise<Buffer> {
  const out = new PassThrough();
  const collected = buffer(out);
  const tar = Readable.from([await tarBytes(items)]);
  const [bytes, result] = await Promise.all([
    collected,
    writeArtifact(tar, out, { format, stripPrefix: "artifacts-1" }),
  ]);
  expect(result.bytes).toBe(bytes.length);
  return bytes;
}

const file = (name: string, data: string | Buffer): Item => ({ name: `artifacts-1/${name}`, data: Buffer.from(data) });

describe("a report of the format gzip", () => {
  it("is one gzip member per file, which tells its name, path and time", async () => {
    const large = Buffer.alloc(1_300_000, "line\n");
    const bytes = await write(
      [{ name: "artifacts-1/out", type: "directory" }, file("out/a.xml", "<a/>"), file("out/b.xml", large)],
      "gzip",
    );
    expect(gunzipSync(bytes).equals(Buffer.concat([Buffer.from("<a/>"), large]))).toBe(true);
    expect([...bytes.subarray(0, 4)]).toEqual([0x1f, 0x8b, 8, 0x18]);
    expect(bytes.readUInt32LE(4)).toBe(TIME.getTime() / 1000);
    expect(bytes.subarray(10, 26).toString()).toBe("a.xml\0out/a.xml\0");
    expect(inflateRawSync(bytes.subarray(26)).toString()).toBe("<a/>");
  });

  it("encodes names beyond ASCII as GitLab Runner does", async () => {
    const bytes = await write([file("d/é%+ (1).xml", "x")], "gzip");
    expect(bytes.subarray(10).toString("latin1")).toContain(
      "e:%C3%A9%25+%20%281%29.xml\0e:d%2F%C3%A9%25+%20%281%29.xml\0",
    );
    expect(gunzipSync(bytes).toString()).toBe("x");
  });

  it("may be empty files", async () => {
    expect(gunzipSync(await write([file("empty", "")], "gzip"))).toHaveLength(0);
  });
});

describe("a report of the format raw", () => {
  it("is the one file's content", async () => {
    expect((await write([{ name: "artifacts-1/d", type: "directory" }, file("d/f", "text")], "raw")).toString()).toBe(
      "text",
    );
  });

  it("is refused when it would be several files, or none", async () => {
    const refusal = { code: "ARTIFACT_RAW", audience: "author" };
    const attempt = async (items: readonly Item[]) =>
      writeArtifact(Readable.from([await tarBytes(items)]), new PassThrough().resume(), {
        format: "raw",
        stripPrefix: "",
      });
    await expect(attempt([file("a", "1"), file("b", "2")])).rejects.toMatchObject(refusal);
    await expect(attempt([])).rejects.toMatchObject(refusal);
  });
});

it("refuses a format that nobody knows", async () => {
  const tar = Readable.from([]);
  await expect(writeArtifact(tar, new PassThrough(), { format: "rar", stripPrefix: "" })).rejects.toMatchObject({
    code: "ARTIFACT_FORMAT",
  });
});

it.each([
  ["", "zip", "artifacts.zip"],
  ["", "", "artifacts.zip"],
  ["build/linux", "zip", "linux.zip"],
  ["junit.xml", "gzip", "junit.xml.gz"],
  [".env", "raw", ".env"],
  ["./", "zip", "default.zip"],
  ["a", "tarzstd", "a.tar.zst"],
])("uploads the artifact %j of the format %j as %j", (name, format, expected) => {
  expect(artifactFileName(name, format)).toBe(expected);
});

it("reads compression levels, with the default for anything else", () => {
  expect(["fastest", "Fast", "default", "slow", "slowest", "", "x"].map(compressionLevel)).toEqual([
    0, 1, 4, 7, 9, 4, 4,
  ]);
});

it("takes only data without a pattern for incompressible", () => {
  const random = crypto.getRandomValues(new Uint8Array(65536));
  expect(isIncompressible(random)).toBe(true);
  expect(isIncompressible(random.subarray(0, 1000))).toBe(false);
  expect(isIncompressible(Buffer.from(Buffer.from(random).toString("base64")))).toBe(false);
  expect(isIncompressible(Buffer.alloc(65536))).toBe(false);
});
