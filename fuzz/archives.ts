import * as fc from "fast-check";
import { crc32, deflateRawSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import { centralHeader, endOfArchive, localHeader, type ZipRecord } from "../src/storage/zip-format.ts";
import { hostileText } from "./texts.ts";

const part = fc.constantFrom("a", "b", "c", ".", "..", "", "d\\e", "lnk", "\0", "é");
const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));

/** Names of entries: ways up and around, and now and then a very long one. */
export const entryName: fc.Arbitrary<string> = fc.oneof(
  { weight: 20, arbitrary: path },
  { weight: 4, arbitrary: hostileText(["/", "..", "a", "\\", "C:"], { longest: 60_000, pieces: 5 }) },
);

export interface ArchiveEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink" | "device";
  readonly target: string;
  readonly content: string;
}

export const archiveEntries: fc.Arbitrary<readonly ArchiveEntry[]> = fc.array(
  fc.record({
    name: entryName,
    kind: fc.constantFrom("file", "file", "directory", "symlink", "device"),
    target: path,
    content: hostileText(["x", "line\n"], { longest: 30_000, pieces: 3 }),
  }),
  { maxLength: 6 },
);

/** A tar archive of such entries. */
export function tarOf(): fc.Arbitrary<Buffer> {
  return archiveEntries.map((entries) => {
    const archive = pack();
    const chunks: Buffer[] = [];
    for (const { name, kind, target, content } of entries) {
      const type = ({ device: "character-device", file: "file", directory: "directory", symlink: "symlink" } as const)[
        kind
      ];
      const header: Partial<Header> & { name: string } = {
        name,
        type,
        ...(kind === "symlink" ? { linkname: target } : {}),
      };
      if (kind === "file") archive.entry(header, content);
      else archive.entry(header);
    }
    archive.finalize();
    for (let chunk = archive.read() as Buffer | null; chunk !== null; chunk = archive.read() as Buffer | null)
      chunks.push(chunk);
    return Buffer.concat(chunks);
  });
}

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000, device: 0o020000 };

/** A zip archive of such entries, some of whose headers lie about the sizes. */
export function zipOf(): fc.Arbitrary<Buffer> {
  const lie = fc.constantFrom(0, 0, 0, 0, 0, 1, -1, 1_000_000_000);
  const method = fc.constantFrom(0, 8, 8, 93, 99);
  return fc
    .tuple(archiveEntries, fc.array(fc.tuple(lie, method), { minLength: 6, maxLength: 6 }))
    .map(([entries, details]) => {
      const locals: Buffer[] = [];
      const centrals: Buffer[] = [];
      let offset = 0;
      for (const [index, { name, kind, target, content }] of entries.entries()) {
        const [wrong, way] = details[index] as [number, number];
        const bytes = Buffer.from(kind === "symlink" ? target : kind === "file" ? content : "");
        const data = way === 8 ? deflateRawSync(bytes) : bytes;
        const record: ZipRecord = {
          name: Buffer.from(name.slice(0, 20_000)),
          mode: typeBits[kind] | 0o644,
          uid: 0,
          gid: 0,
          mtime: new Date(Date.UTC(2026, 0, 1)),
          method: way,
          crc: crc32(bytes),
          compressed: data.length,
          size: Math.max(0, bytes.length + wrong),
          streamed: false,
          large: false,
          offset,
        };
        const local = Buffer.concat([localHeader(record), data]);
        locals.push(local);
        centrals.push(centralHeader(record));
        offset += local.length;
      }
      const directory = Buffer.concat(centrals);
      return Buffer.concat([...locals, directory, endOfArchive(entries.length, directory.length, offset)]);
    });
}
