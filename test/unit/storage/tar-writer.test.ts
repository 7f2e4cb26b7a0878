import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { type TarEntry, tarStream } from "../../../src/storage/tar-writer.ts";

const empty = (name: string): TarEntry => ({
  name,
  kind: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: new Date(0),
  size: 0,
  target: "",
  content: null,
});

async function* files(...names: string[]): AsyncGenerator<TarEntry> {
  for (const name of names) yield empty(name);
}

it("refuses an archive with more directories than can be remembered", async () => {
  const refused = expect.objectContaining({ code: "ARCHIVE_UNSAFE" });
  await expect(text(tarStream(files("a/x", "b/y", "c/d/e/z"), undefined, 4))).rejects.toThrowError(refused);
  expect(await text(tarStream(files("a/x", "a/y", "b/z"), undefined, 4))).toContain("b/z");
});
