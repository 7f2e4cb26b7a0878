import type { Readable, Writable } from "node:stream";
import { compressionLevel } from "./artifact-writer.ts";
import { deflateCodec, storeCodec, zstdCodec } from "./block-compression.ts";
import { tarToZstd, ZSTD_LEVEL } from "./tar-zstd.ts";
import { type Packed, type PackOptions, tarToZip } from "./zip-writer.ts";

export interface WriteCacheOptions extends PackOptions {
  readonly format: "zip" | "zipzstd" | "tarzstd";
  /** fastest, fast, default, slow or slowest. */
  readonly level: string;
}

/** Zstd is fast where it does something: no level leaves the data as it is. */
const zstdLevels: Readonly<Record<string, number>> = { fastest: 1, fast: 2, slow: 7, slowest: 15 };

/** Turns a tar stream into a cache's archive, as it passes. Ends `out`. */
export function writeCache(tar: Readable, out: Writable, options: WriteCacheOptions): Promise<Packed> {
  const { format, level, ...pack } = options;
  const zstdLevel = zstdLevels[level.toLowerCase()] ?? ZSTD_LEVEL;
  if (format === "tarzstd") return tarToZstd(tar, out, pack, zstdLevel);
  if (format === "zipzstd") return tarToZip(tar, out, { ...pack, codec: zstdCodec(zstdLevel) });
  const deflateLevel = compressionLevel(level);
  return tarToZip(tar, out, { ...pack, codec: deflateLevel === 0 ? storeCodec : deflateCodec(deflateLevel) });
}
