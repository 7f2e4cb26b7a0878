import type { FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Transform } from "node:stream";
import { promisify } from "node:util";
import { createInflateRaw, createZstdDecompress, inflateRaw, inflateRawSync } from "node:zlib";

const inflate = promisify(inflateRaw);

/** Where an entry's compressed bytes lie in the archive, and what became of them. */
export interface StoredData {
  readonly start: number;
  /** 0 stored, 8 deflated, 93 zstd. */
  readonly method: number;
  readonly compressedSize: number;
  /** As the archive says; one that lies is cut off soon after it, or not at all. */
  readonly size: number;
}

const STORED = 0;
const ZSTD = 93;
/** Below this many bytes, handing the work to a thread takes longer than the work. */
const HAND_OVER = 64 * 1024;
/** Bytes that are inflated in one go; a stream for each entry costs more than its data. */
const AT_ONCE = 1024 * 1024;
/** Bytes that are read, and given on, at a time: each piece is a visit to the event loop. */
const PIECE = 256 * 1024;

/** An entry's uncompressed bytes, neither size nor checksum looked at. */
export async function* entryData(file: FileHandle, entry: StoredData): AsyncGenerator<Buffer> {
  const { start, method, compressedSize, size } = entry;
  if (method === STORED) {
    yield* pieces(file, start, compressedSize);
    return;
  }
  const longer = Math.max(compressedSize, size);
  if (method === ZSTD || longer > AT_ONCE) {
    const options = { chunkSize: PIECE, readableHighWaterMark: 4 * PIECE };
    const unpack: Transform = method === ZSTD ? createZstdDecompress(options) : createInflateRaw(options);
    // Whoever reads it is told; an error after they left is nobody's.
    pipeline(pieces(file, start, compressedSize), unpack).catch(() => {});
    yield* unpack as AsyncIterable<Buffer>;
    return;
  }
  const data = await readAt(file, start, compressedSize);
  const options = { maxOutputLength: AT_ONCE + 1, chunkSize: Math.max(size, 64) };
  yield longer < HAND_OVER ? inflateRawSync(data, options) : await inflate(data, options);
}

async function* pieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let at = start; at < start + length;) {
    const piece = await readAt(file, at, Math.min(PIECE, start + length - at));
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
  }
}

async function readAt(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, start);
  return buffer.subarray(0, bytesRead);
}
