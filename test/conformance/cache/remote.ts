import { createHash } from "node:crypto";
import { expect } from "vitest";
import { storeKeys } from "../../support/object-store.ts";
import type { Case } from "../case.ts";
import { onlyRemote, oneSlot, remote, remoteAndLocal, store } from "./entries.ts";
import { look, run, withCaches, write } from "./jobs.ts";
import { objectOf, server } from "./stored.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const shared = { docker: `disable_cache = true\n${remote('Path = "team/caches/"\nShared = true')}` };
const small = { ...oneSlot("small"), docker: `volumes = ["/cache"]\n${remote("MaxUploadedArchiveSize = 100")}` };
const away = { docker: `disable_cache = true\n${remote("", "", "127.0.0.1:9")}` };
const mistaken = { docker: `disable_cache = true\n${remote("", "", store, "another-secret-key")}` };
const unfinished = { docker: remote("", 'BucketName = ""').replace(/BucketName = "[^"]+"\n/, "") };

/** Caches in a store, S3's kind. */
export const remoteCases: readonly Case[] = [
  {
    title: "a cache goes to the store as runner/TOKEN/project/ID/KEY, and a job on an empty daemon gets it from there",
    config: onlyRemote,
    prove: async (world) => {
      const caches = [{ key: "deps/a b+ü" }];
      const first = await run(world, { script: write, caches });
      expect(first.log).toMatch(/Uploading cache\S* to http:\S+/);
      expect(first.log).toContain("Created cache\n");
      expect(await objectOf("/deps/a b+ü")).toMatch(/^runner\/[\w-]{1,9}\/project\/1\/deps\/a b\+ü$/);
      const second = await run(world, { script: write, caches });
      expect(second.log).toMatch(/Downloading cache from http:\S+/);
      expect(second.log).toMatch(/Successfully extracted cache\n[^]*\nlines: 2\n/);
    },
  },
  {
    title: "Path stands before an object's name, and Shared leaves the runner's token out of it",
    config: shared,
    prove: async (world) => {
      await run(world, { script: write, caches: [{ key: "shared" }] });
      expect(await objectOf("/shared")).toBe("team/caches/project/1/shared");
    },
  },
  {
    title: "FF_HASH_CACHE_KEYS calls an object by the hash of its key, and the one of before is still found",
    differs: "before version 18.4 it has no such flag",
    config: onlyRemote,
    prove: async (world) => {
      const variables = { FF_HASH_CACHE_KEYS: "true" };
      const caches = [{ key: "hashed" }];
      await run(world, { script: write, caches });
      const second = await run(world, { script: write, caches, variables });
      expect(second.log).toContain("\nlines: 2\n");
      const hash = sha256("hashed");
      expect(await objectOf(hash)).toMatch(new RegExp(`/project/1/${hash.slice(0, 2)}/${hash}$`));
      await server().remove(await objectOf("/project/1/hashed"));
      expect((await run(world, { script: look, caches })).log).toContain("\nlines: 2\n");
    },
  },
  {
    title: "an object that is not there is no error: the next key is looked for, and the job goes on",
    config: onlyRemote,
    prove: async (world) => {
      await run(world, { script: write, caches: [{ key: "fallback" }] });
      const { log } = await run(world, { script: look, caches: [{ key: "absent", fallback_keys: ["fallback"] }] });
      expect(log).toMatch(/Checking cache for absent\.\.\.\n[^]*Checking cache for fallback/);
      expect(log).toMatch(/WARNING: (?:Cache )?file does not exist\n/);
      expect(log).toMatch(/Successfully extracted cache\n[^]*\nlines: 1\n/);
    },
  },
  {
    title: "what the daemon has already is not downloaded, and what the store has already is not uploaded",
    config: remoteAndLocal,
    prove: async (world) => {
      const caches = [{ key: "known" }];
      await run(world, { script: write, caches });
      const same = await run(world, { script: look, caches });
      expect(same.log).not.toMatch(/Downloading cache from|Uploading cache/);
      expect(same.log).toMatch(/ is up to date\n[^]*\nlines: 1\n/);
      expect(same.log).toContain("Archive is up to date!\n");
      await server().remove(await objectOf("/known"));
      const gone = await run(world, { script: write, caches });
      expect(gone.log).toMatch(/WARNING: (?:Cache )?file does not exist\n[^]*\nlines: 1\n[^]*Uploading cache\S* to /);
    },
  },
  {
    title: "a cache that came from the store and stays as it was is not uploaded again",
    config: remoteAndLocal,
    prove: async (world) => {
      const caches = [{ key: "came", paths: ["deep/er/kept"] }];
      const script = ["mkdir -p deep/er/kept/sub; test -e deep/er/kept/sub/x || date +%N >deep/er/kept/sub/x"];
      await run(world, { script, caches });
      const object = await objectOf("/came");
      const copy = object.replace(/came$/, "copied");
      await server().write(copy, await server().read(object));
      const second = await run(world, { script, caches: [{ ...caches[0], key: "copied" }] });
      expect(second.log).toMatch(/Downloading cache from [^]*Archive is up to date!\n/);
      expect(second.log).not.toContain("Uploading cache");
    },
  },
  {
    title: "an archive larger than MaxUploadedArchiveSize stays on the daemon",
    config: small,
    job: withCaches({ script: write, caches: [{ key: "large" }] }),
    observed: {
      log: [
        /Cache archive size \(\d+\) is too big \(Limit is set to 100\)\. Cache will be stored only locally\.\n/,
        "Created cache\n",
      ],
      absent: ["Uploading cache"],
    },
  },
  {
    title: "a large archive goes up in parts and comes down in pieces",
    config: onlyRemote,
    prove: async (world) => {
      const variables = { CACHE_CHUNK_SIZE: String(5 * 2 ** 20), CACHE_COMPRESSION_LEVEL: "fastest" };
      const caches = [{ key: "parts" }];
      const script = ["mkdir kept; head -c 17000000 /dev/urandom >kept/noise; sha256sum kept/noise"];
      const first = await run(world, { script, caches, variables });
      const [sum = "none"] = /^[0-9a-f]{64} {2}kept\/noise$/m.exec(first.log) ?? [];
      const second = await run(world, { script: ["sha256sum kept/noise"], caches, variables });
      expect(second.log).toContain(`\n${sum}\n`);
    },
  },
  {
    title: "no credentials of the store, and no signed address, get into a container or the log",
    config: onlyRemote,
    prove: async (world) => {
      const script = ["mkdir -p kept; touch kept/file; env; cat /proc/[0-9]*/environ 2>/dev/null || true"];
      const seen = await world.look(withCaches({ script, caches: [{ key: "secret" }] }));
      const all = [JSON.stringify([seen.build, seen.helper]), seen.ended.raw].join("\n");
      for (const secret of [storeKeys.secret, storeKeys.access, "X-Amz-Signature"]) expect(all).not.toContain(secret);
      // It went up all the same.
      await objectOf("/project/1/secret");
    },
  },
  {
    title: "a store that can't be reached fails no job: the log says so, and the script runs without the cache",
    config: away,
    job: withCaches({ script: write, caches: [{ key: "away" }] }),
    observed: {
      log: [/WARNING: .*connection refused/, "Failed to extract cache\n", "\nlines: 1\n", "\nFailed to create cache\n"],
    },
  },
  {
    title: "a store that refuses the keys fails no job",
    config: mistaken,
    job: withCaches({ script: write, caches: [{ key: "refused" }] }),
    observed: {
      log: [/WARNING: .*403 Forbidden/, "Failed to extract cache\n", "\nlines: 1\n", "\nFailed to create cache\n"],
    },
  },
  {
    title: "where [runners.cache] lacks what its Type needs, caches stay on the daemon and the log says so",
    config: unfinished,
    job: withCaches({ script: write, caches: [{ key: "unfinished" }] }),
    observed: { log: [/stored only locally/, "\nCreated cache\n"], absent: ["Uploading cache"] },
  },
];
