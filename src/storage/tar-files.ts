import { posix } from "node:path";
import type { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { AgentError, messageOf } from "../support/errors.ts";
import type { Tally } from "./tally.ts";

/** An entry of a tar stream, its name relative to the stripped prefix. */
export interface TarFile {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  /** Permissions only. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Of a symlink. */
  readonly target: string;
  /** Must be read to its end before the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * The files, directories and symlinks of a tar stream, in order; other kinds are passed over. `stripPrefix`: the name
 * of the directory that was asked for, which the archive API puts before every name. A second name of a file becomes a
 * link to the first. `tally` is kept up to date. Throws AgentError ARCHIVE_BROKEN when the stream is no tar archive.
 *
 * @param refuse default: nothing. Otherwise it is shown every entry as it is in the archive, and throws for what must not be
 */
export async function* tarFiles(
  tar: Readable,
  stripPrefix: string,
  tally?: Tally,
  refuse?: (header: Header) => void,
): AsyncGenerator<TarFile> {
  const parser = extract();
  tar.once("error", (error) => parser.destroy(error));
  tar.once("close", () => {
    if (!tar.readableEnded) parser.destroy(new Error("the tar stream ended early"));
  });
  tar.pipe(parser);
  try {
    for await (const entry of parser) {
      refuse?.(entry.header);
      const name = strip(entry.header.name, stripPrefix);
      const content = contentOf(entry as AsyncIterable<Buffer>, tally);
      const file = name === "" ? null : toFile(name, entry.header, stripPrefix, content);
      if (tally && file?.kind === "file") tally.files++;
      if (file !== null) yield file;
      // Whoever took it may not have wanted its content.
      entry.resume();
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    tar.unpipe(parser);
    tar.destroy();
    parser.destroy();
  }
}

async function* contentOf(entry: AsyncIterable<Buffer>, tally: Tally | undefined): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of entry) {
      if (tally) tally.bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError("ARCHIVE_BROKEN", `a tar stream cannot be read: ${messageOf(error)}`, {
    hint: "The container may have gone away while its files were read: see the messages before.",
    cause: error,
  });
}

function toFile(name: string, header: Header, prefix: string, content: AsyncIterable<Buffer>): TarFile | null {
  const shared = {
    name,
    mode: (header.mode ?? 0o644) & 0o7777,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    mtime: header.mtime ?? new Date(0),
    content,
  };
  const nothing = { size: 0, target: "" };
  switch (header.type) {
    case "file":
    case "contiguous-file":
      return { ...shared, kind: "file", size: header.size ?? 0, target: "" };
    case "directory":
      return { ...shared, ...nothing, kind: "directory" };
    case "symlink":
      return { ...shared, ...nothing, kind: "symlink", target: header.linkname ?? "" };
    case "link": {
      const first = strip(header.linkname ?? "", prefix);
      return { ...shared, ...nothing, kind: "symlink", target: posix.relative(posix.dirname(name), first) };
    }
    case "block-device":
    case "character-device":
    case "fifo":
      return null;
  }
}

function strip(name: string, prefix: string): string {
  const clean = posix
    .normalize(name)
    .replace(/^\.?\//, "")
    .replace(/\/$/, "");
  if (prefix === "") return clean === "." ? "" : clean;
  if (clean === prefix) return "";
  return clean.startsWith(`${prefix}/`) ? clean.slice(prefix.length + 1) : clean;
}
