import { expect } from "vitest";
import type { Case } from "../case.ts";
import { archiveOf, hostile, zipMethods } from "./archives.ts";
import { onlyRemote } from "./entries.ts";
import { type Cache, run } from "./jobs.ts";
import { objectOf, plant, server } from "./stored.ts";

/** What archives in a store are like, and which are not taken. */
export const archiveCases: readonly Case[] = [
  ...(
    [
      ["zip, which is the default", "", (archive: Buffer) => expect(zipMethods(archive).get("kept/text")).toBe(8)],
      [
        "zipzstd",
        "zipzstd",
        (archive: Buffer) => expect(zipMethods(archive).get("kept/text")).toBe(93),
        "before version 19.3 it makes a zip archive instead",
      ],
      ["tarzstd", "TarZstd", (archive: Buffer) => expect(archive.toString("hex", 0, 4)).toBe("28b52ffd")],
    ] as const
  ).map(([name, format, check, differs]): Case => ({
    ...(differs === undefined ? {} : { differs }),
    title: `CACHE_COMPRESSION_FORMAT makes archives of the format ${name}, and each is read`,
    config: onlyRemote,
    prove: async (world) => {
      const caches = [{ key: `format-${format}` }];
      const variables = { CACHE_COMPRESSION_FORMAT: format, CACHE_COMPRESSION_LEVEL: "slowest" };
      // Larger than what is compressed in one go.
      const script = ["mkdir -p kept; seq 200000 >kept/text; ln -f kept/text kept/second; sha256sum kept/*"];
      const first = await run(world, { script, caches, variables });
      check(await server().read(await objectOf(`/format-${format}`)));
      const sums = [...first.log.matchAll(/^[0-9a-f]{64} {2}kept\/\w+$/gm)].map(([line]) => line);
      expect(sums).toHaveLength(2);
      const second = await run(world, { script: ["sha256sum kept/*; find kept -type l | wc -l"], caches });
      for (const sum of sums) expect(second.log).toContain(`${sum}\n`);
      expect(second.log).toContain("\n0\n");
    },
  })),
  {
    title: "CACHE_COMPRESSION_LEVEL says how small an archive is made",
    config: onlyRemote,
    prove: async (world) => {
      const sizes = ["fastest", "slowest"].map(async (level) => {
        // What obeys the level in GitLab Runner, and is its default since version 19.4.
        const variables = { CACHE_COMPRESSION_LEVEL: level, FF_USE_FASTZIP: "true" };
        await run(world, { script: ["mkdir kept; seq 9999 >kept/n"], caches: [{ key: level }], variables });
        return (await server().read(await objectOf(`/${level}`))).length;
      });
      const [fastest = 0, slowest = 0] = await Promise.all(sizes);
      expect(fastest).toBeGreaterThan(slowest * 2);
    },
  },
  {
    title:
      "an archive with ../, absolute names, files behind links that lead outside, second names of files outside or devices is refused, and nothing is written outside",
    config: onlyRemote,
    differs:
      "it takes absolute names for names in the project directory, and what was unpacked before an entry that it refuses stays there, unless FF_CLEAN_UP_FAILED_CACHE_EXTRACT is set; here it never gets that far",
    prove: async (world) => {
      const archives = Object.entries(hostile).map(async ([key, entries]) => [key, await archiveOf(entries)] as const);
      await plant(world, Object.fromEntries(await Promise.all(archives)));
      const caches: Cache[] = Object.keys(hostile).map((key) => ({ key, policy: "pull" }));
      const script = ["find / -xdev -name '*escaped*'; ls -A; echo looked"];
      const { log } = await run(world, {
        script: [...script, "find /builds /cache -name '*escaped*' -o -name ordinary"],
        caches,
      });
      expect(
        log.match(/WARNING: the archive's entry ".*" is refused: .*\nWhat to do: .*\nFailed to extract cache\n/g),
      ).toHaveLength(caches.length);
      expect(log).toContain("\nlooked\n");
      expect(log).not.toMatch(/^\/.*(?:escaped|ordinary)$/m);
    },
  },
  {
    title: "a link to an absolute path is kept, as the one of a Python environment: it is only not written through",
    config: onlyRemote,
    prove: async (world) => {
      const archive = await archiveOf([{ name: "kept/python", type: "symlink", linkname: "/usr/bin/env" }]);
      await plant(world, { environment: archive });
      const { log } = await run(world, { script: ["readlink kept/python"], caches: [{ key: "environment" }] });
      expect(log).toContain("\n/usr/bin/env\n");
    },
  },
];
