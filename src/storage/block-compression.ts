import { promisify } from "node:util";
import { constants, deflateRaw, deflateRawSync } from "node:zlib";

const deflate = promisify(deflateRaw);

/** Files are compressed in blocks of this size, several at a time: the work is done by threads beside the event loop. */
export const BLOCK_BYTES = 512 * 1024;

/** Below this many bytes, handing the work to a thread takes longer than the work. */
const HAND_OVER = 4096;

/** Compresses a file block by block; what the blocks give, put together and with `end` behind it, is one stream. */
export interface Codec {
  /** Number of the method in zip archives. */
  readonly method: number;
  readonly block: (data: Buffer) => Promise<Buffer>;
  /** A file of one block. */
  readonly whole: (data: Buffer) => Promise<Buffer>;
  readonly end: Buffer;
}

/** Deflate at level 1 (fast) to 9 (small). What does not get smaller passes through, at the speed of a copy. */
export function deflateCodec(level: number): Codec {
  const options = { level };
  return {
    method: 8,
    block: async (data) =>
      isIncompressible(data) ? storedBlocks(data) : deflate(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH }),
    whole: async (data) => {
      if (data.length < HAND_OVER) return deflateRawSync(data, options);
      return isIncompressible(data) ? data : deflate(data, options);
    },
    // An empty last block.
    end: Buffer.from([0x03, 0x00]),
  };
}

export const storeCodec: Codec = {
  method: 0,
  block: async (data) => data,
  whole: async (data) => data,
  end: Buffer.alloc(0),
};

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

/** Deflate blocks that hold the data as it is. */
function storedBlocks(data: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < data.length; start += 0xffff) {
    const piece = data.subarray(start, start + 0xffff);
    const header = Buffer.alloc(5);
    header.writeUInt16LE(piece.length, 1);
    header.writeUInt16LE(~piece.length & 0xffff, 3);
    pieces.push(header, piece);
  }
  return Buffer.concat(pieces);
}
