import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { posix } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { PassThrough } from "node:stream";
import type { Header } from "tar-stream";
import { tarFiles } from "./tar-files.ts";
import { type TarEntry, tarStream } from "./tar-writer.ts";
import { broken, unsafe, UnpackGuard } from "./unpack-guard.ts";
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
  for await (const file of tarFiles(tar, "", options.tally, refuseForeign)) {
    const name = guard.admit(file);
    if (name !== "") yield { ...file, name, content: file.kind === "file" ? file.content : null };
  }
}

const ordinary: readonly Header["type"][] = ["file", "contiguous-file", "directory", "symlink", "link"];

/** What would have another meaning once its names are taken for ones below the directory that is unpacked into. */
function refuseForeign({ name, type, linkname }: Header): void {
  if (!ordinary.includes(type)) throw unsafe(name, "it is neither a file, nor a directory, nor a link");
  if (name.startsWith("/")) throw unsafe(name, "its name leads outside the directory that it is unpacked into");
  if (type !== "link") return;
  const first = linkname ?? "";
  if (first.startsWith("/") || posix.normalize(first).startsWith("../"))
    throw unsafe(name, "it is a second name of a file outside the archive");
}
