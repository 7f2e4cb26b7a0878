import * as fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { archiveToTar } from "../../src/storage/archive-reader.ts";
import { tarFiles } from "../../src/storage/tar-files.ts";
import { UnpackGuard, type UnpackEntry } from "../../src/storage/unpack-guard.ts";
import { entryName, tarOf, zipOf } from "../archives.ts";
import { hold, refusal, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { damaged, hostileText, inPieces } from "../texts.ts";

const maxBytes = 1_000_000;

/** Archives as they are downloaded: a tar stream with nothing in it that would be written outside, or a refusal. */
export const archives: FuzzTarget<Buffer> = {
  name: "archives",
  share: 12,
  limitMs: 1000,
  arbitrary: fc.oneof(
    { weight: 4, arbitrary: damaged(zipOf()) },
    { weight: 2, arbitrary: zipOf() },
    { weight: 2, arbitrary: damaged(tarOf()).map((tar) => gzipSync(tar, { level: 1 })) },
    { weight: 2, arbitrary: damaged(tarOf().map((tar) => zstdCompressSync(tar))) },
    { weight: 1, arbitrary: tarOf().map((tar) => gzipSync(tar, { level: 1 })) },
    {
      weight: 1,
      arbitrary: hostileText(["PK\x03\x04", "PK\x05\x06", "\x1f\x8b", "(\xb5/\xfd", "PK\x01\x02", "\0\0"]).map((text) =>
        Buffer.from(text, "latin1"),
      ),
    },
  ),
  async check(bytes) {
    const directory = mkdtempSync(join(tmpdir(), "longshore-fuzz-"));
    try {
      const file = join(directory, "archive");
      writeFileSync(file, bytes);
      await unpack(file).catch((error: unknown) => refusal(["ARCHIVE_UNSAFE", "ARCHIVE_BROKEN"], error));
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

async function unpack(file: string): Promise<void> {
  const links = new Map<string, string>();
  let size = 0;
  const tar = await archiveToTar(file, { maxBytes });
  const counted = Readable.from(counting(tar, (bytes) => (size += bytes)));
  for await (const entry of tarFiles(counted, "")) {
    inside(entry, links);
    for await (const chunk of entry.content) hold(chunk.length <= maxBytes, "a piece is small");
  }
  hold(size < 2 * maxBytes + 50_000_000, "there is no more than the limit");
}

async function* counting(source: Readable, count: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    count(chunk.length);
    yield chunk;
  }
}

/** Writes an entry as a file system would, links followed. */
function inside(
  { name, kind, target }: Pick<UnpackEntry, "name" | "kind" | "target">,
  links: Map<string, string>,
): void {
  const parent = realPath(posix.join("/top/root", posix.dirname(name)), links, 0);
  hold(`${parent}/`.startsWith("/top/root/"), "nothing is written outside");
  const place = posix.join(parent, posix.basename(name));
  if (kind === "symlink") links.set(place, target);
  else links.delete(place);
}

function realPath(path: string, links: ReadonlyMap<string, string>, depth: number): string {
  if (depth > 100) return "/loop";
  let place = "/";
  const parts = path.split("/").filter((part) => part !== "");
  if (links.size === 0) return posix.normalize(path);
  for (const [index, part] of parts.entries()) {
    place = posix.join(place, part);
    const target = links.get(place);
    if (target === undefined) continue;
    const from = target.startsWith("/") ? target : `${posix.dirname(place)}/${target}`;
    return realPath(`${from}/${parts.slice(index + 1).join("/")}`, links, depth + 1);
  }
  return place;
}

/** The guard over unpacking by itself: it is asked far more often than whole archives can be. */
export const unpackGuard: FuzzTarget<readonly UnpackEntry[]> = {
  name: "unpack-guard",
  share: 60,
  arbitrary: fc.array(
    fc.record({
      name: entryName,
      kind: fc.constantFrom("file" as const, "directory" as const, "symlink" as const),
      target: entryName,
      size: fc.integer({ min: 0, max: 400_000 }),
    }),
    { maxLength: 6 },
  ),
  check(entries) {
    const guard = new UnpackGuard({ maxBytes });
    const links = new Map<string, string>();
    for (const entry of entries) {
      const name = unlessRefused(["ARCHIVE_UNSAFE"], () => guard.admit(entry));
      if (name !== null && name !== "") inside({ ...entry, name }, links);
    }
  },
};

/** The tar stream that the daemon's archive API gives, which a job's own container may have had a hand in. */
export const tarStreams: FuzzTarget<readonly Buffer[]> = {
  name: "tar-streams",
  share: 12,
  limitMs: 1000,
  arbitrary: inPieces(fc.oneof(damaged(tarOf()), tarOf())),
  async check(chunks) {
    try {
      for await (const file of tarFiles(Readable.from(chunks), "a")) {
        hold(file.name !== "" && file.mode <= 0o7777, "an entry has a name and permissions only");
        for await (const chunk of file.content) hold(chunk.length > 0, "a piece holds something");
      }
    } catch (error) {
      refusal(["ARCHIVE_BROKEN"], error);
    }
  },
};
