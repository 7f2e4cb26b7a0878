import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { crc32, createGzip, deflateRawSync } from "node:zlib";
import { pack } from "tar-stream";
import { centralHeader, endOfArchive, localHeader, type ZipRecord } from "../../../src/storage/zip-format.ts";

const kinds = { file: 0o100000, directory: 0o040000, symlink: 0o120000, device: 0o020000, fifo: 0o010000 };

export interface Entry {
  readonly name: string | Buffer;
  readonly kind?: keyof typeof kinds;
  readonly content?: string | Buffer;
  readonly mode?: number;
  /** What the header says in place of the truth. */
  readonly size?: number;
  /** Where its data lies in place of its own. */
  readonly at?: number;
}

function packedOf(bytes: Buffer) {
  return { data: bytes.length > 64 ? deflateRawSync(bytes) : bytes, crc: crc32(bytes), length: bytes.length };
}

/** A zip archive that may lie. */
export function zipOf(entries: Iterable<Entry>, claimed = 0): Buffer {
  const packed = new Map<unknown, { readonly data: Buffer; readonly crc: number; readonly length: number }>();
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, kind = "file", content = "", mode = 0o644, size, at } of entries) {
    const known = packed.get(content) ?? packedOf(Buffer.from(content as string));
    packed.set(content, known);
    const { data, crc, length } = known;
    const record: ZipRecord = {
      name: Buffer.from(name as string),
      mode: kinds[kind] | mode,
      uid: 0,
      gid: 0,
      mtime: new Date(Date.UTC(2026, 0, 1)),
      method: length > 64 ? 8 : 0,
      crc,
      compressed: data.length,
      size: size ?? length,
      streamed: false,
      large: (size ?? 0) > 0xffffffff,
      offset: at ?? offset,
    };
    centrals.push(centralHeader(record));
    if (at !== undefined) continue;
    const local = [localHeader(record), data];
    locals.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const directory = Buffer.concat(centrals);
  return Buffer.concat([...locals, directory, endOfArchive(claimed || centrals.length, directory.length, offset)]);
}

/** A tar archive of such entries, the files empty. */
export async function tarOf(entries: readonly Parameters<ReturnType<typeof pack>["entry"]>[0][]): Promise<Buffer> {
  const archive = pack();
  for (const header of entries) {
    if (header.type === "file") archive.entry(header, "");
    else archive.entry(header);
  }
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}

export async function gzipped(blocks: Iterable<Buffer>): Promise<Buffer> {
  return buffer(Readable.from(blocks, { objectMode: false }).pipe(createGzip({ level: 1 })));
}
