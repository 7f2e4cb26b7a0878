import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { PassThrough } from "node:stream";
import { tarFiles } from "./tar-files.ts";
import { type TarEntry, tarStream } from "./tar-writer.ts";
import { broken, UnpackGuard } from "./unpack-guard.ts";
import { type UnpackOptions, zipToTar } from "./zip-reader.ts";

/**
 * A downloaded archive as a tar stream to unpack in the project directory, whatever kind it is by its first bytes: zip,
 * or tar with zstd or gzip. The stream fails with AgentError ARCHIVE_UNSAFE or ARCHIVE_BROKEN (author).
 */
export async function archiveToTar(path: string, options: UnpackOptions): Promise<Readable> {
  const magic = await firstBytes(path);
  if (magic.startsWith("504b0304") || magic.startsWith("504b0506")) return zipToTar(path, options);
  if (magic.startsWith("28b52ffd")) return compressedTar(path, createZstdDecompress(), options);
  if (magic.startsWith("1f8b")) return compressedTar(path, createGunzip(), options);
  throw broken("it is neither a zip archive nor a tar archive compressed with zstd or gzip");
}

async function firstBytes(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead).toString("hex");
  } finally {
    await file.close();
  }
}

function compressedTar(path: string, decompressor: Transform, options: UnpackOptions): Readable {
  const tar = new PassThrough();
  pipeline(createReadStream(path), decompressor, tar).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return tarStream(guarded(tar, options), options.signal);
}

async function* guarded(tar: Readable, options: UnpackOptions): AsyncGenerator<TarEntry> {
  const guard = new UnpackGuard(options);
  for await (const file of tarFiles(tar, "", options.tally)) {
    const name = guard.admit(file);
    if (name !== "") yield { ...file, name, content: file.kind === "file" ? file.content : null };
  }
}
