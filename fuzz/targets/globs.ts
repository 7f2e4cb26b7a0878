import * as fc from "fast-check";
import { posix } from "node:path";
import { globMatcher, isPattern, relativeToProject, splitPattern } from "../../src/job/globs.ts";
import { isProtectedFallback, sanitizeCacheKey, cacheDirectory } from "../../src/script/cache-key.ts";
import { hold, holdEqual, unlessRefused } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const words = [
  "a",
  "b",
  "ab",
  "/",
  "*",
  "**",
  "**/",
  "?",
  "[",
  "]",
  "[a-z]",
  "[!a]",
  "[]a]",
  "{",
  "}",
  "{a,b}",
  ",",
  "\\",
  ".",
  "..",
  "../",
  "/builds/p/",
  "%2e%2e%2f",
  "-protected",
  " ",
];
const project = "/builds/p";

/** Patterns of artifacts and caches, and keys of caches. */
export const globs: FuzzTarget<{ readonly pattern: string; readonly path: string }> = {
  name: "globs",
  share: 70,
  arbitrary: fc.record({
    pattern: hostileText(words, { longest: 30_000 }),
    path: hostileText(["a", "b", "ab", "/", ".", "é"], { longest: 4_000 }),
  }),
  check({ pattern, path }) {
    const matches = unlessRefused(["GLOB"], () => globMatcher(pattern));
    if (matches !== null) {
      hold(typeof matches(path) === "boolean", "a pattern matches or doesn't");
      const { base } = splitPattern(pattern);
      const plain = !/[\\{]/.test(pattern) && posix.normalize(path) === path;
      if (matches(path) && plain && isPattern(pattern) && base !== "")
        hold(path.startsWith(base), "a match lies below the base");
    }
    const literal = path.replaceAll(/[[\]{}*?\\,]/g, "\\$&");
    // That is the directory which is looked through, and no name.
    hold(path === "." || globMatcher(literal)(path), "an escaped name matches itself");

    const relative = relativeToProject(pattern, project);
    if (relative !== null) {
      const { base } = splitPattern(relative);
      const place = posix.resolve(project, base);
      hold(place === project || place.startsWith(`${project}/`), "what is searched lies in the project");
    }
  },
};

/** Keys of caches become one directory below the cache directory. */
export const cacheKeys: FuzzTarget<string> = {
  name: "cache-keys",
  share: 40,
  arbitrary: hostileText(words, { longest: 100_000 }),
  check(raw) {
    const { key } = sanitizeCacheKey(raw);
    isProtectedFallback(raw);
    if (key === "") return;
    hold(!key.split("/").includes("..") && !key.startsWith("/"), "no key leads upwards");
    holdEqual(sanitizeCacheKey(key).key, key, "a clean key stays as it is");
    const directory = cacheDirectory("/cache", "group/app", key);
    holdEqual(posix.dirname(directory), "/cache/group/app", "a key is one component");
    hold(Buffer.byteLength(posix.basename(directory)) <= 255, "a component is short enough");
  },
};
