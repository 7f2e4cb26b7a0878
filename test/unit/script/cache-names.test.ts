import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { CachePlace, CacheRequest } from "../../../src/script/cache.ts";
import { cacheNames } from "../../../src/script/cache-names.ts";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");
const object = (text: string) => `${hash(text).slice(0, 2)}/${hash(text)}`;

function names(cache: Partial<CacheRequest>, place: Partial<CachePlace> = {}) {
  const request = { key: "k", fallbackKeys: [], paths: ["a"], untracked: false, policy: "", when: "" };
  const usual = {
    cacheDir: "/cache",
    projectPath: "g/p",
    projectDir: "/builds/g/p",
    tempDir: "/builds/g/p.tmp",
    jobName: "job",
    ref: "main",
    fallbackKey: "",
  };
  return cacheNames({ ...request, ...cache }, { ...usual, ...place });
}

describe("the names of a cache", () => {
  it("are its key, the fallback keys and CACHE_FALLBACK_KEY, each once", () => {
    const found = names({ key: "a", fallbackKeys: ["b", "", "a"] }, { fallbackKey: "c" });
    expect(found.names.map(({ key }) => key)).toEqual(["a", "b", "c"]);
  });

  it("are of the cleaned key, in the store, too; the hash is what it may have been called before", () => {
    const { names: found, warnings } = names({ key: "a\\..\\b" });
    expect(found).toEqual([{ key: "b", directory: "/cache/g/p/b", object: "b", formerObject: object("b") }]);
    expect(warnings).toHaveLength(1);
  });

  it("are hashes with FF_HASH_CACHE_KEYS, of the key as it is; before it was called by the cleaned one", () => {
    const { names: found, warnings } = names({ key: "x/../y " }, { hashKeys: true });
    expect(found).toEqual([
      { key: "x/../y ", directory: `/cache/g/p/${hash("x/../y ")}`, object: object("x/../y "), formerObject: "y" },
    ]);
    expect(warnings).toEqual([]);
    expect(names({ key: "a/b" }, { hashKeys: true }).names[0]?.directory).toBe("/cache/g/p/a%2Fb");
  });

  it.each(["..", "/", "\\", "%2e%2e"])("lead nowhere else with FF_HASH_CACHE_KEYS and the key %j", (key) => {
    expect(names({ key }, { hashKeys: true }).names[0]?.directory).toBe(`/cache/g/p/${hash(key)}`);
  });

  it.each(["x-protected", "x-protected. ", "x-protected/", "a/../x-protected%2f"])(
    "never are what CACHE_FALLBACK_KEY %j has of a protected branch, hashed or not",
    (fallbackKey) => {
      for (const hashKeys of [false, true]) {
        const found = names({}, { fallbackKey, hashKeys });
        expect(found.names.map(({ key }) => key)).toEqual(["k"]);
        expect(found.warnings).toEqual([expect.stringContaining('not allowed to end in "-protected"')]);
      }
    },
  );

  it.each([object("x-protected"), hash("x-protected"), `a/../${object("x-protected")}`])(
    "never are what CACHE_FALLBACK_KEY %j has by the hash of a protected branch's key",
    (fallbackKey) => {
      for (const hashKeys of [false, true])
        expect(names({}, { fallbackKey, hashKeys }).names.map(({ key }) => key)).toEqual(["k"]);
    },
  );

  it("are none where nothing is left of the cache's own key, whatever it may fall back to", () => {
    expect(names({ key: "..", fallbackKeys: ["b"] }).names).toEqual([]);
  });
});
