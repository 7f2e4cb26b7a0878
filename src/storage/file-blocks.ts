import { crc32 } from "node:zlib";
import { BLOCK_BYTES, type Codec } from "./block-compression.ts";
import type { TarFile } from "./tar-files.ts";

/** A step of writing an archive. Made ahead of the writing, so that compression goes on meanwhile; `data` settles later. */
export type Step =
  | {
      readonly kind: "whole";
      readonly file: TarFile;
      readonly crc: number;
      readonly raw: Buffer;
      readonly data: Promise<Buffer>;
    }
  | { readonly kind: "begin"; readonly file: TarFile }
  | { readonly kind: "block"; readonly data: Promise<Buffer> }
  | { readonly kind: "end"; readonly file: TarFile; readonly crc: number; readonly size: number };

/** Steps that may be waiting to be written: their blocks are what memory is used for. */
export const STEPS_AHEAD = 8;

/** Reads a file and starts the compression of its blocks. A file of one block is one step, a larger one is several. */
export async function* fileSteps(file: TarFile, codec: Codec): AsyncGenerator<Step> {
  const content: AsyncIterable<Buffer> = file.kind === "symlink" ? one(Buffer.from(file.target)) : file.content;
  if (file.kind !== "file" || file.size <= BLOCK_BYTES) {
    const raw = await whole(content);
    yield { kind: "whole", file, crc: crc32(raw), raw, data: started(codec.whole(raw)) };
    return;
  }
  yield { kind: "begin", file };
  let crc = 0;
  let size = 0;
  for await (const block of blocks(content)) {
    crc = crc32(block, crc);
    size += block.length;
    yield { kind: "block", data: started(codec.block(block)) };
  }
  yield { kind: "end", file, crc, size };
}

async function* blocks(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes < BLOCK_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pieces);
}

async function whole(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of content) pieces.push(chunk);
  return Buffer.concat(pieces);
}

async function* one(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}

/** A failure is reported by whoever awaits the data, which may be later than it happens. */
function started(data: Promise<Buffer>): Promise<Buffer> {
  data.catch(() => {});
  return data;
}
