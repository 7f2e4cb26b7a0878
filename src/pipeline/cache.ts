import {
  child,
  choiceOf,
  flagOf,
  isMapField,
  itemsOf,
  mapOf,
  reject,
  scalarTextOf,
  textOf,
  textsOf,
  type Field,
  type MapField,
} from "./field.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import type { PipelineCache } from "./pipeline.ts";

export const uploadMoments = ["on_success", "on_failure", "always"] as const;

const maxCaches = 4;
const maxKeyFiles = 2;
const maxFallbackKeys = 5;

/** `cache:`, one map or a list of them. Those that name nothing to keep are left out; the list may end up empty. */
export function readCaches(field: Field): readonly PipelineCache[] {
  const items = field.node.kind === "list" ? itemsOf(field) : [field];
  if (items.length > maxCaches) reject(field, `The job has ${items.length} caches.`, `It may have ${maxCaches}.`);
  return items
    .map(readCache)
    .filter((cache) => cache !== null)
    .filter((cache) => cache.paths.length > 0 || cache.untracked);
}

function readCache(field: Field): PipelineCache | null {
  const map = mapOf(field, "cache");
  if (map === null) return null;
  checkKeywords(map, keywordTables.cache, "'cache'");
  const paths = child(map, "paths");
  const untracked = child(map, "untracked");
  const moment = child(map, "when");
  const unprotect = child(map, "unprotect");
  if (unprotect !== null) flagOf(unprotect);
  return {
    ...readKey(map),
    paths: paths === null ? [] : textsOf(paths),
    untracked: untracked === null ? false : (flagOf(untracked) ?? false),
    policy: readPolicy(map),
    when: (moment === null ? null : choiceOf(moment, uploadMoments)) ?? "on_success",
    fallbackKeys: readFallbackKeys(map),
  };
}

function readKey(map: MapField): { key: string; keyFiles: readonly string[] } {
  const field = child(map, "key");
  if (field === null) return { key: "default", keyFiles: [] };
  if (!isMapField(field)) return { key: checkedKey(field), keyFiles: [] };
  checkKeywords(field, keywordTables.cacheKey, "'cache:key'");
  const files = child(field, "files");
  const prefix = child(field, "prefix");
  const keyFiles = files === null ? [] : textsOf(files);
  const unsupported = field.node.entries.has("files_commits");
  if (!unsupported && (keyFiles.length === 0 || keyFiles.length > maxKeyFiles)) {
    reject(field, `cache:key:files names ${keyFiles.length} files.`, `Name one or ${maxKeyFiles} files.`);
  }
  return { key: prefix === null ? "" : checkedKey(prefix), keyFiles };
}

function checkedKey(field: Field): string {
  const key = scalarTextOf(field) ?? "";
  if (key.includes("/") || /%2f/i.test(key)) {
    reject(field, "A cache key may not contain a slash.", "Use ${CI_COMMIT_REF_SLUG} in place of names with slashes.");
  } else if (/^(?:\.|%2e){1,2}$/i.test(key)) {
    reject(field, `A cache key may not be '${key}'.`, "Use letters or digits.");
  }
  return key;
}

/** The policy may be a variable, which the runner expands. */
function readPolicy(map: MapField): string {
  const field = child(map, "policy");
  const policy = field === null ? "pull-push" : textOf(field);
  if (field !== null && policy !== null && !/^(?:pull-push|push|pull|)$|\$/.test(policy)) {
    reject(field, `'${policy}' is no cache policy.`, "Use pull-push, pull, push or a variable.");
  }
  return policy === null || policy === "" ? "pull-push" : policy;
}

function readFallbackKeys(map: MapField): readonly string[] {
  const field = child(map, "fallback_keys");
  if (field === null) return [];
  const keys = textsOf(field);
  if (keys.length > maxFallbackKeys)
    reject(field, `There are ${keys.length} fallback keys.`, `Name up to ${maxFallbackKeys}.`);
  return keys;
}
