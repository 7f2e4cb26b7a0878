import { crc32 } from "node:zlib";
import type { Codec, PackedFile, ZipMethod } from "./block-compression.ts";
import { BLOCK_BYTES, type BlockPool } from "./block-pool.ts";
import type { TarFile } from "./tar-files.ts";

/** A step of writing an archive. Made ahead of the writing, so that compression goes on meanwhile; what is packed settles later. */
export type Step =
  | {
      readonly kind: "whole";
      readonly file: TarFile;
      readonly crc: number;
      readonly size: number;
      readonly packed: Promise<PackedFile>;
    }
  | { readonly kind: "begin"; readonly file: TarFile; readonly method: ZipMethod }
  | { readonly kind: "block"; readonly packed: Promise<Buffer> }
  /** `end`: what stands behind the blocks. */
  | { readonly kind: "end"; readonly file: TarFile; readonly crc: number; readonly size: number; readonly end: Buffer };

/** Steps that may be waiting to be written: their blocks are what memory is used for. */
export const STEPS_AHEAD = 8;

/** Reads a file and starts the compression of its blocks. A file of one block is one step, a larger one is several. */
export async function* fileSteps(file: TarFile, codec: Codec, pool: BlockPool): AsyncGenerator<Step> {
  const content: AsyncIterable<Buffer> = file.kind === "symlink" ? one(Buffer.from(file.target)) : file.content;
  const packing = <T>(block: Buffer, pack: (data: Buffer) => Promise<T>): Promise<T> => {
    const packed = pack(block).finally(() => pool.giveBack(block));
    // A failure is reported by whoever awaits it, which may be later than it happens.
    packed.catch(() => {});
    return packed;
  };
  if (file.kind !== "file" || file.size <= BLOCK_BYTES) {
    const { block, size } = await whole(content, pool);
    const data = block.subarray(0, size);
    yield { kind: "whole", file, crc: crc32(data), size, packed: packing(block, () => codec.whole(data)) };
    return;
  }
  yield { kind: "begin", file, method: codec.method };
  let crc = 0;
  let size = 0;
  for await (const { block, filled } of blocks(content, pool)) {
    const data = block.subarray(0, filled);
    crc = crc32(data, crc);
    size += filled;
    yield { kind: "block", packed: packing(block, () => codec.block(data)) };
  }
  yield { kind: "end", file, crc, size, end: codec.end };
}

/** Blocks of BLOCK_BYTES, the last one with what is left. */
async function* blocks(
  content: AsyncIterable<Buffer>,
  pool: BlockPool,
): AsyncGenerator<{ readonly block: Buffer; readonly filled: number }> {
  let block = pool.take();
  let filled = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length;) {
      const copied = chunk.copy(block, filled, at);
      at += copied;
      filled += copied;
      if (filled < BLOCK_BYTES) continue;
      yield { block, filled };
      block = pool.take();
      filled = 0;
    }
  }
  if (filled > 0) yield { block, filled };
  else pool.giveBack(block);
}

async function whole(content: AsyncIterable<Buffer>, pool: BlockPool): Promise<{ block: Buffer; size: number }> {
  const block = pool.take();
  let size = 0;
  for await (const chunk of content) size += chunk.copy(block, size);
  return { block, size };
}

async function* one(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}
