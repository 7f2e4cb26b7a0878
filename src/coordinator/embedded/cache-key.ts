import { createHash } from "node:crypto";
import type { PipelineCache } from "../../pipeline/pipeline.ts";

/**
 * A cache's key as the server makes it: of `key:files` a hash of the files' contents ("default" when none of them is
 * in the commit), and the suffix that keeps the caches of protected branches apart. Pure.
 *
 * @param blobId the id of a file's contents in the commit; null when it is not there
 */
export function cacheKey(cache: PipelineCache, blobId: (path: string) => string | null, isProtected: boolean): string {
  return withSuffix(baseKey(cache, blobId), isProtected);
}

function baseKey(cache: PipelineCache, blobId: (path: string) => string | null): string {
  if (cache.keyFiles.length === 0) return cache.key === "" ? "default" : cache.key;
  const ids = cache.keyFiles.map(blobId).filter((id) => id !== null);
  const hash = ids.length === 0 ? "default" : createHash("sha1").update(ids.join("")).digest("hex");
  return cache.key === "" ? hash : `${cache.key}-${hash}`;
}

/** What separates the caches of protected branches; fallback keys get it too. */
export function withSuffix(key: string, isProtected: boolean): string {
  return `${key}-${isProtected ? "protected" : "non_protected"}`;
}
