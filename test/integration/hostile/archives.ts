import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { constants as zlib, gzipSync, zstdCompressSync } from "node:zlib";
import { archiveToTar } from "../../../src/storage/archive-reader.ts";
import { endOfArchive } from "../../../src/storage/zip-format.ts";
import type { Field } from "./field.ts";
import { type Entry, gzipped, tarOf, zipOf } from "./lying-archives.ts";
import { type HostileKind, lineWith, must, row } from "./row.ts";

/** Reads an archive as an agent does that unpacks a dependency, to its end. */
async function read({ directory }: Field, archive: Buffer): Promise<string> {
  const own = await mkdtemp(join(directory, "archive-"));
  try {
    const path = join(own, "archive");
    await writeFile(path, archive);
    let bytes = 0;
    const before = process.memoryUsage().rss;
    try {
      for await (const piece of await archiveToTar(path, {})) bytes += (piece as Buffer).length;
    } catch (error) {
      return `refused: ${(error as Error).message.slice(0, 150)}`;
    }
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    return `read: ${bytes} bytes, ${grown < 400 ? "memory bounded" : `${Math.round(grown)} MiB of memory`}`;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

const refusedAll = (archives: () => readonly Buffer[]) => async (field: Field) => {
  let said = "";
  for (const archive of archives()) {
    said = await read(field, archive);
    must(said.startsWith("refused:"), said);
  }
  return said;
};

/** A job whose dependency is this archive. */
async function unpackedBy({ agent, coordinator }: Field, archive: Buffer, script: readonly string[]) {
  const first = await agent.run({ script: ["echo x >x"], artifacts: ["x"] });
  const stored = first.job.artifacts[0];
  must(stored !== undefined, first.log);
  await writeFile(stored?.path ?? "", archive);
  Object.assign(stored as { size: number }, { size: archive.length });
  return agent.run({ script, parts: { dependencies: [coordinator.dependencyOn(first.job.id)] } });
}

export const archives: HostileKind = {
  title: "Archives of a hostile earlier job",
  rows: [
    row(
      "names with .., absolute names, .. behind backslashes, NUL",
      "refused",
      refusedAll(() => ["../x", "a/../../x", "/etc/x", "..\\x", "a\0b"].map((name) => zipOf([{ name, content: "x" }]))),
    ),
    row(
      "a link to / or ../.., then a file through it",
      "refused",
      refusedAll(() =>
        [
          ["/", "l/etc/x"],
          ["../..", "l/x"],
          ["l2", "l/x"],
        ].map(([target = "", name = ""]) =>
          zipOf([
            { name: "l2", kind: "symlink", content: ".." },
            { name: "l", kind: "symlink", content: target },
            { name, content: "x" },
          ]),
        ),
      ),
    ),
    row("devices and FIFOs", "refused in zip, left out of tar", async (field) => {
      for (const kind of ["device", "fifo"] as const)
        must((await read(field, zipOf([{ name: "x", kind }]))).startsWith("refused"), kind);
      const tar = await tarOf([
        { name: "mem", type: "character-device", devmajor: 1, devminor: 1 },
        { name: "pipe", type: "fifo" },
      ]);
      return read(field, gzipSync(tar));
    }),
    row("a hard link to /etc/shadow in a tar", "never a hard link to outside", async (field) => {
      const said = await read(
        field,
        gzipSync(
          await tarOf([
            { name: "x", type: "link", linkname: "/etc/shadow" },
            { name: "y", type: "link", linkname: "../../etc/shadow" },
          ]),
        ),
      );
      return said;
    }),
    row("1,000,001 empty files, by its end record", "refused: more than 1,000,000 entries", async (field) => {
      const said = await read(field, zipOf([{ name: "x" }], 1_000_001));
      must(said.includes("more than 1000000"), said);
      return said;
    }),
    row("3,000 entries that share one entry's data", "refused", async (field) => {
      const content = Buffer.alloc(1_000_000);
      const entries: Entry[] = [{ name: "first", content }];
      for (let index = 0; index < 3_000; index++) entries.push({ name: String(index), content, at: 0 });
      const said = await read(field, zipOf(entries));
      must(/refused.*overlap/.test(said), said);
      return said;
    }),
    row("100 GB of zeros by its headers", "refused before a byte is written", async (field) => {
      const said = await read(field, zipOf([{ name: "zeros", content: Buffer.alloc(1000), size: 100 * 2 ** 30 }]));
      must(/refused.*larger/.test(said), said);
      return said;
    }),
    row(
      "50 MB of zeros in 50 KB, the size in its header too small",
      "refused, not one block behind it written",
      async (field) => {
        const said = await read(field, zipOf([{ name: "zeros", content: Buffer.alloc(50_000_000), size: 10 }]));
        must(said.startsWith("refused"), said);
        return said;
      },
    ),
    row("a zip in a zip in a zip (42.zip)", "the inner ones stay files", async (field) => {
      const bomb = zipOf([
        {
          name: "0.zip",
          content: zipOf([{ name: "1.zip", content: zipOf([{ name: "2", content: Buffer.alloc(10_000_000) }]) }]),
        },
      ]);
      const said = await read(field, bomb);
      must(said.startsWith("read: "), said);
      return said;
    }),
    row(
      "names of 10,000 parts, and of 60 KB",
      "refused",
      refusedAll(() => [zipOf([{ name: "a/".repeat(10_000) + "x" }]), zipOf([{ name: "x".repeat(60_000) }])]),
    ),
    row(
      "zip64 sizes beyond counting; an end that says 2^53 entries",
      "refused",
      refusedAll(() => {
        const whole = zipOf([{ name: "x", content: "x", size: 2 ** 52 }]);
        return [whole, Buffer.concat([whole.subarray(0, -22), endOfArchive(2 ** 52, 60, 10)])];
      }),
    ),
    row("a tar.zst that asks for a window of 2 GB", "refused, or read with memory bounded", async (field) => {
      const tar = await tarOf([{ name: "x", type: "file", size: 0 }]);
      const frame = zstdCompressSync(tar, { params: { [zlib.ZSTD_c_windowLog]: 27 } });
      // The descriptor of a frame without a known size is followed by its window: exponent 21 is 2 GiB.
      const lying = Buffer.concat([
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 21 << 3]),
        Buffer.from([0x01, 0x00, 0x00]),
      ]);
      const said = [await read(field, frame), await read(field, lying)];
      must(said[1]?.startsWith("refused") === true, said);
      return said[1] ?? "";
    }),
    row(
      "a gzip of 20,000 empty members, and 64 MB of zeros behind the end of its tar",
      "read with memory bounded, or refused",
      async (field) => {
        const member = gzipSync("");
        const said = await read(
          field,
          Buffer.concat([gzipSync(await tarOf([])), ...Array.from({ length: 20_000 }, () => member)]),
        );
        const blocks = function* () {
          for (let index = 0; index < 64; index++) yield Buffer.alloc(2 ** 20);
        };
        const zeros = await read(field, await gzipped(blocks()));
        must(said.length > 0 && !zeros.includes("MiB of memory"), zeros);
        return zeros;
      },
    ),
    row(
      "files that are set-uid root, and a .bashrc of 0777",
      "they belong to the project directory, as GitLab's do",
      async (field) => {
        const { job, log } = await unpackedBy(field, zipOf([{ name: "su", content: "#!/bin/sh\n", mode: 0o4755 }]), [
          "stat -c '%a %u %n' su",
        ]);
        must(job.state === "success", log);
        return `${lineWith(log, /^\d+ \d+ su/)}: inside the containers only`;
      },
    ),
    row(
      "links to /etc/passwd and to ../../.., nothing written through them",
      "they are unpacked as links, and lead nowhere but in the job's container",
      async (field) => {
        const { job, log } = await unpackedBy(field, zipOf([{ name: "l", kind: "symlink", content: "/etc/passwd" }]), [
          "readlink l",
        ]);
        must(job.state === "success", log);
        return lineWith(log, /^\/etc\/passwd/);
      },
    ),
    row("a dependency that is no archive: HTML, and nothing at all", "the job fails with the reason", async (field) => {
      const { job, log } = await unpackedBy(field, Buffer.from("<html>Sign in\u001b]0;x\u0007</html>"), ["true"]);
      must(job.state === "failed", log);
      return lineWith(log, /ERROR/).slice(0, 160);
    }),
    row(
      "artifacts:paths through a link to /etc, and a link to /etc/shadow",
      "no file of the helper goes up",
      async ({ agent }) => {
        const { job, log } = await agent.run({
          script: ["ln -s /etc out; ln -s /etc/shadow shadow; mkdir in; echo x >in/x; ln -s in through"],
          artifacts: ["out/shadow", "out/pass*", "shadow", "through/x"],
        });
        must(job.state === "success" && job.artifacts.length === 1, log);
        const { openPromise } = await import("yauzl");
        const zip = await openPromise(job.artifacts[0]?.path ?? "");
        const names: string[] = [];
        for await (const entry of zip.eachEntry()) names.push(`${entry.fileName}(${entry.uncompressedSize})`);
        const files = names.filter((name) => !name.endsWith("/(0)"));
        must(!files.some((name) => name.startsWith("out")) && files.includes("through/x(2)"), files);
        return files.join(" ");
      },
    ),
  ],
};
