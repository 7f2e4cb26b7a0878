import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cacheDirectory,
  defaultCacheKey,
  isProtectedFallback,
  sanitizeCacheKey,
} from "../../../src/script/cache-key.ts";

describe("a cache key", () => {
  it.each([
    ["key", "key"],
    ["a/b/c", "a/b/c"],
    ["a\\b", "a/b"],
    ["%2e%2E%2fa%2Fb", "a/b"],
    ["../../etc", "etc"],
    ["a/./b//c/..", "a/b"],
    ["key  ", "key"],
    ["a/b / \t", "a/b"],
    [" a /b", " a /b"],
    ["a.", "a."],
    ["a/.. ", "a"],
  ])("%j is cleaned to %j", (raw, key) => {
    expect(sanitizeCacheKey(raw)).toEqual({
      key,
      warning: raw === key ? "" : `cache key ${JSON.stringify(raw)} sanitized to ${JSON.stringify(key)}`,
    });
  });

  it.each(["..", ".. ", ". / ", "/", " ", "\\..\\", "%2f"])(
    "of which nothing is left (%j) is said to be unusable",
    (raw) => {
      expect(sanitizeCacheKey(raw)).toEqual({
        key: "",
        warning: `cache key ${JSON.stringify(raw)} could not be sanitized`,
      });
    },
  );

  it("defaults to the job's name and ref", () => {
    expect(defaultCacheKey("build: [x]", "feature/a")).toBe("build: [x]/feature/a");
    expect(defaultCacheKey("../job", "../ref")).toBe("ref");
  });

  it("from CACHE_FALLBACK_KEY must not be that of a protected branch", () => {
    expect(["x-protected", "x-protected. ."].every(isProtectedFallback)).toBe(true);
    expect(["x-protected-1", "protected", "x-non_protected"].some(isProtectedFallback)).toBe(false);
  });

  it("is looked at in no time, however long a run of dots is in it", () => {
    expect(isProtectedFallback(`a-protected${". ".repeat(100_000)}`)).toBe(true);
    expect(isProtectedFallback(`${".".repeat(200_000)}x`)).toBe(false);
  });

  it("leads to a directory of its own, one level below the project's", () => {
    const key = fc.string({ unit: fc.constantFrom("a", "/", "%", "2", "f", "F", ".", "\\", " ", "é"), maxLength: 400 });
    const keys = fc.tuple(key, key).map(([a, b]) => [sanitizeCacheKey(a).key, sanitizeCacheKey(b).key] as const);
    fc.assert(
      fc.property(keys, ([a, b]) => {
        fc.pre(a !== "" && b !== "");
        const [first, second] = [cacheDirectory("/cache", "g/p", a), cacheDirectory("/cache", "g/p", b)];
        expect(first === second).toBe(a === b);
        for (const directory of [first, second]) {
          const name = directory.slice("/cache/g/p/".length);
          expect(directory.startsWith("/cache/g/p/")).toBe(true);
          expect(name).not.toMatch(/\/|^\.{0,2}$/);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
