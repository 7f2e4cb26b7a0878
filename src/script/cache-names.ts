import { createHash } from "node:crypto";
import type { CachePlace, CacheRequest } from "./cache.ts";
import { cacheDirectory, defaultCacheKey, isProtectedFallback, sanitizeCacheKey } from "./cache-key.ts";

/** How one cache is called in the places where it can be. */
export interface CacheName {
  /** For the log. */
  readonly key: string;
  /** Of the local copies. */
  readonly directory: string;
  /** Of the object in a remote store, behind the project's prefix. */
  readonly object: string;
  /** What the object was called before FF_HASH_CACHE_KEYS was switched. */
  readonly formerObject: string;
}

export interface NamedCaches {
  readonly warnings: readonly string[];
  /** The cache's own name, then those it falls back to; empty when it has no usable key. */
  readonly names: readonly CacheName[];
}

/** The names that a cache is looked for under, best first; the first of them is the one it is saved under. */
export function cacheNames(cache: CacheRequest, place: CachePlace): NamedCaches {
  const own = nameOf(cache.key || defaultCacheKey(place.jobName, place.ref), place);
  const [name] = own.names;
  if (name === undefined) return own;
  const others = cache.fallbackKeys.filter((key) => key !== "").map((key) => nameOf(key, place));
  const all = [own, ...others, ofVariable(place)];
  const byKey = new Map(all.flatMap(({ names }) => names).map((each) => [each.key, each] as const));
  return { warnings: all.flatMap(({ warnings }) => warnings), names: [...byKey.values()] };
}

/** The name that a cache is saved under. */
export function savedCacheName(cache: CacheRequest, place: CachePlace): NamedCaches {
  return nameOf(cache.key || defaultCacheKey(place.jobName, place.ref), place);
}

function nameOf(raw: string, place: CachePlace): NamedCaches {
  const clean = sanitizeCacheKey(raw);
  // A hash needs no cleaning, so that keys which only differ in what is cleaned away stay apart.
  if (place.hashKeys === true) return { warnings: [], names: raw === "" ? [] : [hashedName(raw, clean.key, place)] };
  const warnings = clean.warning === "" ? [] : [clean.warning];
  if (clean.key === "") return { warnings, names: [] };
  const { key } = clean;
  return {
    warnings,
    names: [{ key, directory: directoryOf(key, place), object: key, formerObject: hashedObject(key) }],
  };
}

function hashedName(raw: string, clean: string, place: CachePlace): CacheName {
  return {
    key: raw,
    directory: directoryOf(raw === clean ? raw : hashOf(raw), place),
    object: hashedObject(raw),
    formerObject: clean,
  };
}

function ofVariable(place: CachePlace): NamedCaches {
  const { key } = sanitizeCacheKey(place.fallbackKey);
  if (isHash(key))
    return { warnings: [`CACHE_FALLBACK_KEY ${JSON.stringify(key)} not allowed to be a hash`], names: [] };
  if (!isProtectedFallback(key) && !isProtectedFallback(place.fallbackKey)) return nameOf(place.fallbackKey, place);
  return { warnings: [`CACHE_FALLBACK_KEY ${JSON.stringify(key)} not allowed to end in "-protected"`], names: [] };
}

function directoryOf(key: string, { cacheDir, projectPath }: CachePlace): string {
  return cacheDirectory(cacheDir, projectPath, key);
}

/** Below its first two digits, so that a store can tell the many objects of a project apart by their beginning. */
function hashedObject(key: string): string {
  const hash = hashOf(key);
  return `${hash.slice(0, 2)}/${hash}`;
}

/** What a key comes to with FF_HASH_CACHE_KEYS: of a protected branch's the hash is anybody's to compute. */
function isHash(key: string): boolean {
  return /^(?:[0-9a-f]{2}\/)?[0-9a-f]{64}$/.test(key);
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
