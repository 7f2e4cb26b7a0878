import type { Readable } from "node:stream";
import { extract } from "tar-stream";

/**
 * Text of the first file in a tar stream, as the archive API gives it for a path that is a file.
 * @throws when the first entry is no file, or has more than `mostBytes`
 */
export async function readFirstFile(archive: Readable, mostBytes: number): Promise<string> {
  const entries = extract();
  archive.on("error", (error) => entries.destroy(error));
  archive.pipe(entries);
  try {
    for await (const entry of entries) {
      const { type, size } = entry.header;
      if (type !== "file" || size > mostBytes)
        throw new Error("the first entry of the archive is no file of that size");
      const pieces: Buffer[] = [];
      for await (const piece of entry) pieces.push(piece as Buffer);
      return Buffer.concat(pieces).toString("utf8");
    }
    throw new Error("the archive is empty");
  } finally {
    entries.destroy();
    archive.destroy();
  }
}
