import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPromise } from "yauzl";
import { describe, expect, it } from "vitest";
import { writeArtifact } from "../../../src/storage/artifact-writer.ts";
import type { Statement, Subject } from "../../../src/storage/provenance.ts";
import { type Item, tarBytes } from "./tar-bytes.ts";

const items: readonly Item[] = [
  { name: "artifacts-0/out", type: "directory" },
  { name: "artifacts-0/out/a.txt", data: Buffer.from("text") },
  { name: "artifacts-0/out/large", data: Buffer.alloc(3_000_000, "x") },
  { name: "artifacts-0/out/link", type: "symlink", linkname: "a.txt" },
  { name: "artifacts-0/artifacts-metadata.json", data: Buffer.from("of an earlier try") },
];

async function pack(format: string): Promise<{ readonly bytes: Buffer; readonly told: readonly Subject[] }> {
  const told: Subject[] = [];
  const statement: Statement = {
    name: "artifacts-metadata.json",
    content: (subjects) => {
      told.push(...subjects);
      return JSON.stringify(subjects);
    },
  };
  const out = new PassThrough();
  const tar = Readable.from([await tarBytes(items)]);
  const [bytes] = await Promise.all([
    buffer(out),
    writeArtifact(tar, out, { format, stripPrefix: "artifacts-0", statement }),
  ]);
  return { bytes, told };
}

const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");

describe("a statement in an archive", () => {
  it("tells each file's name and hash, and is its last entry", async () => {
    const { bytes, told } = await pack("zip");
    expect(told).toEqual([
      { name: "out/a.txt", sha256: sha256(Buffer.from("text")) },
      { name: "out/large", sha256: sha256(Buffer.alloc(3_000_000, "x")) },
    ]);
    const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
    try {
      await writeFile(join(directory, "a.zip"), bytes);
      const zip = await openPromise(join(directory, "a.zip"));
      const names: string[] = [];
      for await (const entry of zip.eachEntry()) names.push(entry.fileName);
      expect(names).toEqual(["out/", "out/a.txt", "out/large", "out/link", "artifacts-metadata.json"]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("is there once, and in no other format than zip", async () => {
    expect((await pack("tarzstd")).told).toEqual([]);
  });
});
