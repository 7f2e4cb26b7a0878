import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { zstdCompressSync } from "node:zlib";
import { type Header, pack } from "tar-stream";

export interface Entry {
  readonly name: string;
  readonly type?: Header["type"];
  readonly linkname?: string;
}

/** An archive as somebody could put it into a store by hand: a tar archive compressed with zstd. */
export async function archiveOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  const collected = buffer(Readable.from(archive as AsyncIterable<Buffer>, { objectMode: false }));
  for (const { name, type = "file", linkname } of entries) {
    const header = { name, type, mode: 0o777, ...(linkname === undefined ? {} : { linkname }) };
    if (type === "file") archive.entry(header, "escaped\n");
    else archive.entry(header);
  }
  archive.finalize();
  return zstdCompressSync(await collected);
}

const ordinary: Entry = { name: "kept/ordinary" };

/** By the keys of the caches that they are put in the place of. */
export const hostile: Readonly<Record<string, readonly Entry[]>> = {
  up: [ordinary, { name: "../escaped" }],
  "deep-up": [ordinary, { name: "kept/../../../escaped" }],
  absolute: [ordinary, { name: "/builds/escaped" }],
  "absolute-link": [ordinary, { name: "door", type: "symlink", linkname: "/builds" }, { name: "door/escaped" }],
  "relative-link": [ordinary, { name: "door", type: "symlink", linkname: "../.." }, { name: "door/escaped" }],
  "chained-links": [
    ordinary,
    { name: "a", type: "symlink", linkname: "." },
    { name: "a/b", type: "symlink", linkname: "../.." },
    { name: "b/escaped" },
  ],
  "second-name": [ordinary, { name: "passwd", type: "link", linkname: "../../../../../etc/passwd" }],
  "absolute-second-name": [ordinary, { name: "passwd", type: "link", linkname: "/etc/passwd" }],
  device: [ordinary, { name: "memory", type: "character-device" }],
};

/** Method of each entry of a zip archive, by its name. */
export function zipMethods(zip: Buffer): ReadonlyMap<string, number> {
  const end = zip.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"));
  const methods = new Map<string, number>();
  for (let at = zip.readUInt32LE(end + 16); at < end;) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    methods.set(zip.toString("utf8", at + 46, at + 46 + name), zip.readUInt16LE(at + 10));
    at += 46 + name + extra + comment;
  }
  return methods;
}
