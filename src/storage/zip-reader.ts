import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { AgentError, messageOf } from "../support/errors.ts";
import { entryData } from "./entry-data.ts";
import type { Tally } from "./tally.ts";
import { type TarEntry, tarStream } from "./tar-writer.ts";
import { broken, unsafe, UnpackGuard, type UnpackLimits } from "./unpack-guard.ts";
import { ownerOf } from "./zip-format.ts";

export interface UnpackOptions extends UnpackLimits {
  readonly signal?: AbortSignal;
  /** Kept up to date on the way. */
  readonly tally?: Tally;
}

const ZSTD = 93;

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
    guard.expect(zip.entryCount);
    for await (const entry of zip.eachEntry()) {
      // Entries that share their data make a small file unpack to any size.
      compressed += entry.compressedSize;
      if (compressed > zip.fileSize) throw broken("its entries overlap");
      const converted = await convert(zip, file, entry, guard, options.tally);
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

async function convert(
  zip: ZipFile,
  file: FileHandle,
  entry: Entry,
  guard: UnpackGuard,
  tally: Tally | undefined,
): Promise<TarEntry | null> {
  const raw = nameOf(entry);
  const { kind, mode } = typeOf(entry, raw);
  const size = kind === "file" ? entry.uncompressedSize : 0;
  const content = kind === "directory" ? null : contentOf(zip, file, entry, tally);
  const target = kind === "symlink" && content !== null ? await text(content) : "";
  const name = guard.admit({ name: raw, kind, target, size });
  if (name === "") return null;
  if (tally && kind === "file") tally.files++;
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
function contentOf(zip: ZipFile, file: FileHandle, entry: Entry, tally: Tally | undefined): AsyncIterable<Buffer> {
  if (entry.isEncrypted()) throw broken(`the entry ${JSON.stringify(nameOf(entry))} is encrypted`);
  if (entry.compressionMethod !== ZSTD && !entry.canDecodeFileData()) {
    throw broken(
      `the entry ${JSON.stringify(nameOf(entry))} is compressed in an unknown way (${String(entry.compressionMethod)})`,
    );
  }
  return checked(opened(zip, file, entry), entry, tally);
}

async function* opened(zip: ZipFile, file: FileHandle, entry: Entry): AsyncGenerator<Buffer> {
  const { fileDataStart: start } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const { compressionMethod: method, compressedSize, uncompressedSize: size } = entry;
  yield* entryData(file, { start, method, compressedSize, size });
}

async function* checked(
  content: AsyncIterable<Buffer>,
  entry: Entry,
  tally: Tally | undefined,
): AsyncGenerator<Buffer> {
  let crc = 0;
  let size = 0;
  try {
    for await (const chunk of content) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      if (tally) tally.bytes += chunk.length;
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
