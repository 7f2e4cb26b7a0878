import { createHash } from "node:crypto";
import { posix } from "node:path";

export interface CacheKey {
  /** "" when nothing usable is left. */
  readonly key: string;
  /** For the log; "" for none. */
  readonly warning: string;
}

/** A key as GitLab Runner cleans it: no way up, no backslashes, no encoded slashes or dots, no blanks at the end. */
export function sanitizeCacheKey(raw: string): CacheKey {
  if (raw === "") return { key: "", warning: "" };
  const decoded = raw.replaceAll(/%2f|\\/gi, "/").replaceAll(/%2e/gi, ".");
  const parts = posix.normalize(`/${decoded}`).split("/").slice(1);
  for (let last = parts.pop(); last !== undefined; last = parts.pop()) {
    const trimmed = last.trimEnd();
    // Cleaned once more: without its blanks, `.. ` is a way up.
    if (trimmed === "" || trimmed === "." || trimmed === "..") continue;
    parts.push(trimmed);
    break;
  }
  const key = parts.join("/");
  if (key === "") return { key, warning: `cache key ${JSON.stringify(raw)} could not be sanitized` };
  return { key, warning: key === raw ? "" : `cache key ${JSON.stringify(raw)} sanitized to ${JSON.stringify(key)}` };
}

/** The key of a cache that names none. */
export function defaultCacheKey(jobName: string, ref: string): string {
  return posix.join("/", jobName, ref).slice(1);
}

/** CACHE_FALLBACK_KEY is the job author's to set, and must not lead to what protected branches keep. */
export function isProtectedFallback(key: string): boolean {
  return /-protected[. ]*$/.test(key);
}

/**
 * The directory of a cache. One path component for a key, so that the key `a/b` does not lie inside the key `a`: a
 * cleaned key never contains `%2F` itself. Long keys end in their hash, as a component has at most 255 bytes.
 */
export function cacheDirectory(cacheDir: string, projectPath: string, key: string): string {
  const encoded = key.replaceAll("/", "%2F");
  const long = new TextEncoder().encode(encoded).length > 255;
  const name = long
    ? `${Array.from(encoded).slice(0, 40).join("")}%2F%2F${createHash("sha256").update(key).digest("hex")}`
    : encoded;
  return posix.join(cacheDir, projectPath, name);
}
