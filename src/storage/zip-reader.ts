import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createZstdDecompress, crc32, inflateRawSync } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { AgentError, messageOf } from "../support/errors.ts";
import { type TarEntry, tarStream } from "./tar-writer.ts";
import { broken, unsafe, UnpackGuard, type UnpackLimits } from "./unpack-guard.ts";
import { ownerOf } from "./zip-format.ts";

export interface UnpackOptions extends UnpackLimits {
  readonly signal?: AbortSignal;
}

const ZSTD = 93;
/** Bytes of a file that is read at once. */
const SMALL = 64 * 1024;

/**
 * The zip archive at `path` as a tar stream to unpack in the project directory. Reads as the stream is read. The stream
 * fails with AgentError ARCHIVE_UNSAFE or ARCHIVE_BROKEN (author).
 */
export function zipToTar(path: string, options: UnpackOptions): Readable {
  return tarStream(zipEntries(path, options), options.signal);
}

async function* zipEntries(path: string, options: UnpackOptions): AsyncGenerator<TarEntry> {
  const zip = await openZip(path);
  const guard = new UnpackGuard(options);
  let compressed = 0;
  await using file = await open(path);
  try {
    for await (const entry of zip.eachEntry()) {
      // Entries that share their data make a small file unpack to any size.
      compressed += entry.compressedSize;
      if (compressed > zip.fileSize) throw broken("its entries overlap");
      const converted = await convert(zip, file, entry, guard);
      if (converted !== null) yield converted;
    }
  } catch (error) {
    if (error instanceof AgentError || options.signal?.aborted) throw error;
    throw broken(messageOf(error), error);
  } finally {
    zip.close();
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    // Names are judged by the guard and sizes here, as names are also judged with their links.
    return await openPromise(path, { decodeStrings: false, autoClose: false });
  } catch (error) {
    throw broken(messageOf(error), error);
  }
}

async function convert(zip: ZipFile, file: FileHandle, entry: Entry, guard: UnpackGuard): Promise<TarEntry | null> {
  const raw = nameOf(entry);
  const { kind, mode } = typeOf(entry, raw);
  const size = kind === "file" ? entry.uncompressedSize : 0;
  const content = kind === "directory" ? null : contentOf(zip, file, entry);
  const target = kind === "symlink" && content !== null ? await text(content) : "";
  const name = guard.admit({ name: raw, kind, target, size });
  if (name === "") return null;
  const mtime = entry.getLastModDate({ timezone: "UTC" });
  return {
    name,
    kind,
    mode,
    ...ownerOf(entry.extraFields),
    mtime,
    size,
    target,
    content: kind === "file" ? content : null,
  };
}

function nameOf(entry: Entry): string {
  // Without strings to decode, yauzl leaves the bytes here, whatever its types say.
  const bytes: unknown = entry.fileName;
  if (!Buffer.isBuffer(bytes)) return entry.fileName;
  const decoded = bytes.toString("utf8");
  return decoded.includes("\uFFFD") ? bytes.toString("latin1") : decoded;
}

function typeOf(entry: Entry, name: string): { kind: TarEntry["kind"]; mode: number } {
  const fromUnix = entry.versionMadeBy >> 8 === 3;
  const attributes = fromUnix ? entry.externalFileAttributes >>> 16 : 0;
  const mode = attributes & 0o7777;
  switch (attributes & 0o170000) {
    case 0o120000:
      return { kind: "symlink", mode: 0o777 };
    case 0o040000:
      return { kind: "directory", mode: mode || 0o777 };
    case 0o100000:
    case 0:
      return name.endsWith("/") ? { kind: "directory", mode: mode || 0o777 } : { kind: "file", mode: mode || 0o666 };
    default:
      throw unsafe(name, "it is neither a file, nor a directory, nor a link");
  }
}

/** The entry's uncompressed bytes; reading them to the end checks size and checksum. */
function contentOf(zip: ZipFile, file: FileHandle, entry: Entry): AsyncIterable<Buffer> {
  if (entry.isEncrypted()) throw broken(`the entry ${JSON.stringify(nameOf(entry))} is encrypted`);
  if (entry.compressionMethod !== ZSTD && !entry.canDecodeFileData()) {
    throw broken(
      `the entry ${JSON.stringify(nameOf(entry))} is compressed in an unknown way (${String(entry.compressionMethod)})`,
    );
  }
  return checked(opened(zip, file, entry), entry);
}

async function* opened(zip: ZipFile, file: FileHandle, entry: Entry): AsyncGenerator<Buffer> {
  const { compressionMethod: method, compressedSize, uncompressedSize } = entry;
  if (method !== ZSTD && Math.max(compressedSize, uncompressedSize) <= SMALL) {
    // Streams cost several times what the data of a small file does.
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const { buffer, bytesRead } = await file.read(Buffer.alloc(compressedSize), 0, compressedSize, fileDataStart);
    const data = buffer.subarray(0, bytesRead);
    yield method === 0 ? data : inflateRawSync(data, { maxOutputLength: SMALL + 1 });
    return;
  }
  if (method !== ZSTD) {
    yield* await zip.openReadStreamPromise(entry);
    return;
  }
  const raw = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  const decompressor = createZstdDecompress();
  raw.once("error", (error) => decompressor.destroy(error));
  // Whoever reads it is told; an error after they left is nobody's.
  decompressor.on("error", () => {});
  yield* raw.pipe(decompressor);
}

async function* checked(content: AsyncIterable<Buffer>, entry: Entry): AsyncGenerator<Buffer> {
  let crc = 0;
  let size = 0;
  try {
    for await (const chunk of content) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      // A lying header must not fill the disk before it is found out.
      if (size > entry.uncompressedSize) break;
      yield chunk;
    }
  } catch (error) {
    throw broken(messageOf(error), error);
  }
  if (size !== entry.uncompressedSize || crc !== entry.crc32) {
    throw broken(`the content of ${JSON.stringify(nameOf(entry))} does not have the size or checksum that it should`);
  }
}

async function text(content: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > 4096) throw broken("a link's target is longer than a path can be");
    pieces.push(chunk);
  }
  return Buffer.concat(pieces).toString();
}
