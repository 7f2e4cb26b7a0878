import type { Readable } from "node:stream";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { readFirstFile } from "../../../src/docker/first-file.ts";

function archive(fill: (target: ReturnType<typeof pack>) => void): Readable {
  const target = pack();
  fill(target);
  target.finalize();
  return target as unknown as Readable;
}

test("the first file of an archive is read as text", async () => {
  const two = archive((target) => {
    target.entry({ name: "daemon.json" }, '{"mtu": 1300}');
    target.entry({ name: "other" }, "x");
  });
  expect(await readFirstFile(two, 100)).toBe('{"mtu": 1300}');
});

test("what is no file, too large or not there is refused", async () => {
  const directory = archive((target) => target.entry({ name: "daemon.json", type: "directory" }));
  await expect(readFirstFile(directory, 100)).rejects.toThrow("no file of that size");
  const link = archive((target) => target.entry({ name: "daemon.json", type: "symlink", linkname: "/x" }));
  await expect(readFirstFile(link, 100)).rejects.toThrow("no file of that size");
  await expect(
    readFirstFile(
      archive((target) => target.entry({ name: "a" }, "xxxx")),
      3,
    ),
  ).rejects.toThrow("no file of that size");
  await expect(
    readFirstFile(
      archive(() => {}),
      3,
    ),
  ).rejects.toThrow("empty");
});
