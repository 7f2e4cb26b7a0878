import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync } from "node:zlib";
import { compressionSlots } from "./compression-slots.ts";

const deflate = promisify(deflateRaw);

/** Below this many bytes, handing the work to a thread takes longer than the work. */
const HAND_OVER = 16 * 1024;

/** A small file, as it is or deflated: the numbers of the methods in zip archives. */
export interface PackedFile {
  readonly method: 0 | 8;
  readonly data: Buffer;
}

/**
 * Compresses files with deflate. The results share no memory with the data, which is not looked at after they are there.
 */
export interface Codec {
  /** A block of a larger file; what the blocks of a file give, put together and with BLOCKS_END behind it, is one stream. */
  readonly block: (data: Buffer) => Promise<Buffer>;
  /** A file of one block. */
  readonly whole: (data: Buffer) => Promise<PackedFile>;
}

/** An empty last block. */
export const BLOCKS_END = Buffer.from([0x03, 0x00]);

/** Level 1 (fast) to 9 (small). What does not get smaller passes through, at the speed of a copy. */
export function deflateCodec(level: number): Codec {
  // As much memory as it takes, and results in few pieces: each one is a visit to the event loop.
  const options = { level, memLevel: 9, chunkSize: 128 * 1024 };
  const part = { ...options, finishFlush: constants.Z_SYNC_FLUSH };
  return {
    block: async (data) =>
      isIncompressible(data) ? storedBlocks(data) : compressionSlots.run(() => deflate(data, part)),
    whole: async (data) => {
      if (data.length === 0 || isIncompressible(data)) return stored(data);
      const packed =
        data.length < HAND_OVER
          ? deflateRawSync(data, { level })
          : await compressionSlots.run(() => deflate(data, options));
      return packed.length < data.length ? { method: 8, data: packed } : stored(data);
    },
  };
}

export const storeCodec: Codec = {
  block: async (data) => storedBlocks(data),
  whole: async (data) => stored(data),
};

function stored(data: Buffer): PackedFile {
  return { method: 0, data: Buffer.from(data) };
}

const COMPRESSED =
  /\.(?:7z|apk|avif|br|bz2|docx|gif|gz|jar|jpe?g|lz4|lzma|mp[34]|png|tgz|txz|war|webm|webp|whl|woff2?|xlsx|xz|zip|zst)$/i;

/** Whether the file's name says that its content is compressed already. */
export function isCompressedName(name: string): boolean {
  return COMPRESSED.test(name);
}

const SAMPLE = 2048;

/** Looks at three samples: compressed and encrypted data use all byte values alike (7.9 of 8 bits of entropy and more). */
export function isIncompressible(data: Uint8Array): boolean {
  if (data.length < 4 * SAMPLE) return false;
  const counts = new Uint32Array(256);
  for (const start of [0, (data.length - SAMPLE) >> 1, data.length - SAMPLE]) {
    for (let index = start; index < start + SAMPLE; index++) {
      const byte = data[index] ?? 0;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
  }
  const total = 3 * SAMPLE;
  let entropy = 0;
  for (const count of counts) if (count > 0) entropy -= (count / total) * Math.log2(count / total);
  return entropy > 7.9;
}

const STORED_BYTES = 0xffff;
const STORED_HEADER = 5;

/** Deflate blocks that hold the data as it is. */
function storedBlocks(data: Buffer): Buffer {
  const count = Math.ceil(data.length / STORED_BYTES);
  const blocks = Buffer.allocUnsafeSlow(data.length + count * STORED_HEADER);
  let at = 0;
  for (let start = 0; start < data.length; start += STORED_BYTES) {
    const length = Math.min(STORED_BYTES, data.length - start);
    blocks.writeUInt8(0, at);
    blocks.writeUInt16LE(length, at + 1);
    blocks.writeUInt16LE(~length & 0xffff, at + 3);
    at += STORED_HEADER;
    at += data.copy(blocks, at, start, start + length);
  }
  return blocks;
}
