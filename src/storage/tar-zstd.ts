import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import { pack } from "tar-stream";
import { tarFiles } from "./tar-files.ts";
import type { Packed, PackOptions } from "./zip-writer.ts";

/** Zstd's own default. */
export const ZSTD_LEVEL = 3;

/** Turns a tar stream into one with nothing in front of the names, compressed with zstd. Ends `out`. */
export async function tarToZstd(
  tar: Readable,
  out: Writable,
  options: PackOptions,
  level = ZSTD_LEVEL,
): Promise<Packed> {
  const result = { files: 0, bytes: 0 };
  const archive = pack();
  const fill = async () => {
    for await (const file of tarFiles(tar, options.stripPrefix, options.tally)) {
      result.files++;
      const { name, kind, mode, uid, gid, mtime, size, target } = file;
      const header = {
        name,
        type: kind,
        mode,
        uid,
        gid,
        mtime,
        size,
        ...(kind === "symlink" ? { linkname: target } : {}),
      };
      const entry = archive.entry(header);
      await pipeline(Readable.from(file.content), entry);
    }
    archive.finalize();
  };
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      result.bytes += chunk.length;
      yield chunk;
    }
  };
  const filled = fill().catch((error: unknown) => archive.destroy(error as Error));
  const signal = options.signal ? { signal: options.signal } : {};
  await pipeline(
    archive,
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } }),
    counted,
    out,
    signal,
  );
  await filled;
  return result;
}
