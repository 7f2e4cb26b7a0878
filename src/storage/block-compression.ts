import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync, zstdCompress } from "node:zlib";
import { compressionSlots } from "./compression-slots.ts";

const deflate = promisify(deflateRaw);
const zstd = promisify(zstdCompress);

/** Below this many bytes, handing the work to a thread takes longer than the work. */
const HAND_OVER = 16 * 1024;

/** How an entry of a zip archive is compressed: not at all, with deflate, with zstd. */
export type ZipMethod = 0 | 8 | 93;

/** A small file, as it is or compressed. */
export interface PackedFile {
  readonly method: ZipMethod;
  readonly data: Buffer;
}

/**
 * Compresses files. The results share no memory with the data, which is not looked at after they are there.
 */
export interface Codec {
  /** Of what the blocks of a larger file give. */
  readonly method: 8 | 93;
  /** A block of a larger file; what the blocks of a file give, put together and with `end` behind it, is one stream. */
  readonly block: (data: Buffer) => Promise<Buffer>;
  readonly end: Buffer;
  /** A file of one block. */
  readonly whole: (data: Buffer) => Promise<PackedFile>;
}

/** An empty last block of a deflate stream. */
export const BLOCKS_END = Buffer.from([0x03, 0x00]);

/** Level 1 (fast) to 9 (small). What does not get smaller passes through, at the speed of a copy. */
export function deflateCodec(level: number): Codec {
  // As much memory as it takes, and results in few pieces: each one is a visit to the event loop.
  const options = { level, memLevel: 9, chunkSize: 128 * 1024 };
  const part = { ...options, finishFlush: constants.Z_SYNC_FLUSH };
  return {
    method: 8,
    end: BLOCKS_END,
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

/**
 * Zstd's level 1 (fast) to 19 (small). Each block is a frame of its own, so that several are made at a time: frames behind
 * one another are one stream to every reader. What is random already becomes frames of stored blocks.
 */
export function zstdCodec(level: number): Codec {
  const options = { params: { [constants.ZSTD_c_compressionLevel]: level } };
  const pack = (data: Buffer) => compressionSlots.run(() => zstd(data, options));
  return {
    method: 93,
    end: Buffer.alloc(0),
    block: pack,
    whole: async (data) => {
      if (data.length === 0 || isIncompressible(data)) return stored(data);
      const packed = await pack(data);
      return packed.length < data.length ? { method: 93, data: packed } : stored(data);
    },
  };
}

export const storeCodec: Codec = {
  method: 8,
  end: BLOCKS_END,
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
