import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, type Header, pack } from "tar-stream";

export interface Item {
  readonly name: string;
  readonly type?: Header["type"];
  readonly mode?: number;
  /** Default 0, and then left out of what is seen. */
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: Date;
  readonly linkname?: string;
  readonly data?: Buffer;
}

export const TIME = new Date(1_600_000_000_000);

/** A tar archive of the items. */
export async function tarBytes(items: readonly Item[]): Promise<Buffer> {
  const archive = pack();
  const collected = buffer(Readable.from(archive as AsyncIterable<Buffer>, { objectMode: false }));
  for (const { name, type = "file", mode = 0o644, uid = 0, gid = 0, mtime = TIME, linkname, data } of items) {
    const header = { name, type, mode, uid, gid, mtime, ...(linkname === undefined ? {} : { linkname }) };
    if (type === "file") archive.entry(header, data ?? Buffer.alloc(0));
    else archive.entry(header);
  }
  archive.finalize();
  return collected;
}

/** An item without its content, but with the content's size and hash. */
export interface Seen extends Omit<Item, "data"> {
  readonly content?: string;
}

export function seen({ data, ...item }: Item): Seen {
  return item.type === "file" ? { ...item, content: digest(data ?? Buffer.alloc(0)) } : item;
}

function digest(data: Buffer): string {
  return `${String(data.length)} ${createHash("sha256").update(data).digest("hex")}`;
}

/** The items of a tar stream. */
export async function tarItems(tar: Readable): Promise<Seen[]> {
  const parser = extract();
  tar.once("error", (error) => parser.destroy(error));
  tar.pipe(parser);
  const items: Seen[] = [];
  for await (const entry of parser) {
    const pieces: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) pieces.push(chunk);
    const { name, type, mode, uid, gid, mtime, linkname } = entry.header;
    items.push({
      name: name.replace(/\/$/, ""),
      type,
      mode,
      ...(uid ? { uid } : {}),
      ...(gid ? { gid } : {}),
      mtime,
      ...(type === "symlink" ? { linkname } : {}),
      ...(type === "file" ? { content: digest(Buffer.concat(pieces)) } : {}),
    });
  }
  return items;
}
