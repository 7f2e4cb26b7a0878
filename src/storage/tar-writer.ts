import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import type { TarFile } from "./tar-files.ts";
import { unsafe } from "./unpack-guard.ts";

export interface TarEntry extends Omit<TarFile, "content"> {
  /** null for what is no file. */
  readonly content: AsyncIterable<Uint8Array> | null;
}

/** Files up to this many bytes are put in whole: a stream for each costs more than they do. */
const SMALL = 64 * 1024;

/** They are remembered until the end. */
const MOST_DIRECTORIES = 1_000_000;

/** Bytes that are handed on at a time. */
const GATHERED = 256 * 1024;

/**
 * A tar stream of the entries, each with the owner it had: a job whose user isn't root must be able to change the files
 * that one before it made. Directories that no entry is about but some entry lies in come
 * first, open to all, as GitLab Runner's helper makes them. An error of the source, or an abort, destroys the stream.
 */
export function tarStream(
  entries: AsyncIterable<TarEntry>,
  signal: AbortSignal | undefined,
  mostDirectories = MOST_DIRECTORIES,
): Readable {
  const archive = pack();
  const made = new Set<string>(["."]);
  const fill = async () => {
    for await (const entry of entries) {
      signal?.throwIfAborted();
      for (const parent of missingParents(entry.name, made)) {
        made.add(parent);
        if (made.size > mostDirectories) throw unsafe(entry.name, `there are more than ${mostDirectories} directories`);
        archive.entry({ name: `${parent}/`, type: "directory", mode: 0o777, mtime: entry.mtime });
      }
      if (entry.kind === "directory") made.add(entry.name);
      await add(archive, entry);
    }
    archive.finalize();
  };
  fill().catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  // Asked for at once: an error that comes before anybody reads must not be lost.
  const pieces = (archive as AsyncIterable<Buffer>)[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  return Readable.from(gathered(pieces), {
    objectMode: false,
    highWaterMark: 2 * GATHERED,
    ...(signal ? { signal } : {}),
  });
}

/** Headers, padding and small files in larger pieces: every piece is written to the connection by itself. */
async function* gathered(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source) {
    if (piece.length <= SMALL) {
      small.push(piece);
      bytes += piece.length;
      if (bytes < GATHERED) continue;
    }
    if (bytes > 0) yield Buffer.concat(small);
    if (piece.length > SMALL) yield piece;
    small = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(small);
}

async function add(
  archive: Pack,
  { name, kind, mode, uid, gid, mtime, size, target, content }: TarEntry,
): Promise<void> {
  const header = { name, type: kind, mode, mtime, uid, gid };
  if (kind === "file" && content !== null && size > SMALL) {
    const sink = archive.entry({ ...header, size });
    await pipeline(content, sink);
    return;
  }
  const data = await whole(content);
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => {
      if (error) reject(error);
      else resolve();
    };
    if (kind === "file") archive.entry(header, data, done);
    else archive.entry(kind === "symlink" ? { ...header, linkname: target } : { ...header, name: `${name}/` }, done);
  });
}

async function whole(content: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

function missingParents(name: string, made: ReadonlySet<string>): string[] {
  const missing: string[] = [];
  for (let parent = posix.dirname(name); !made.has(parent); parent = posix.dirname(parent)) missing.unshift(parent);
  return missing;
}
