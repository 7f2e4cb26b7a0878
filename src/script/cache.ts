import { AgentError } from "../support/errors.ts";
import { COPY_OPTIONS } from "./cache-copy.ts";
import { cacheDirectory, defaultCacheKey, isProtectedFallback, sanitizeCacheKey } from "./cache-key.ts";
import { restoreLines } from "./cache-restore.ts";
import { saveLines } from "./cache-save.ts";
import { listLines, parseList } from "./file-list.ts";
import { needsList, type ParsedSelection, parseSelection } from "./file-selection.ts";
import { enterProject, makeDirectory } from "./environment.ts";
import { helperScript } from "./isolate.ts";
import { directRoots, listedRoots, type Roots } from "./roots.ts";
import { caution, notice } from "./say.ts";
import { selectFiles } from "./select-files.ts";
import type { StagedScript } from "./staged-script.ts";

/** One item of the job's `cache:`; variables in every field are expanded already. */
export interface CacheRequest {
  /** "" for `<job name>/<ref>`. */
  readonly key: string;
  readonly fallbackKeys: readonly string[];
  readonly paths: readonly string[];
  readonly untracked: boolean;
  /** "" counts as pull-push. */
  readonly policy: string;
  /** "" counts as on_success. */
  readonly when: string;
}

export interface CachePlace {
  /** Where the cache volume is mounted in the helper, e.g. `/cache`; what is ours lies in `<cacheDir>/<projectPath>/`. */
  readonly cacheDir: string;
  readonly projectPath: string;
  readonly projectDir: string;
  readonly tempDir: string;
  readonly jobName: string;
  readonly ref: string;
  /** CACHE_FALLBACK_KEY; "" for none. */
  readonly fallbackKey: string;
  /** `umask 0000`; default true. */
  readonly openUmask?: boolean;
}

/**
 * The restore_cache stage; null when the job has no cache. A cache that can't be restored is a warning in the log, exit
 * code 0. Throws AgentError CACHE_POLICY (author).
 */
export function restoreCacheScript(caches: readonly CacheRequest[], place: CachePlace): string | null {
  const used = caches.filter(namesFiles);
  if (used.length === 0) return null;
  const lines = used.flatMap((cache) => {
    const { key, warnings } = cleanKey(cache.key || defaultCacheKey(place.jobName, place.ref));
    if (key === "") return [...warnings, notice("Skipping cache extraction due to empty cache key")];
    if (!allows(cache, "pull", key)) return [...warnings, notice(`Not downloading cache ${key} due to policy`)];
    const fallbacks = cache.fallbackKeys.filter((fallback) => fallback !== "").map(cleanKey);
    const last = fallbackFromVariable(place.fallbackKey);
    const keys = [key, ...fallbacks.map((fallback) => fallback.key), last.key].filter((name) => name !== "");
    const found = [...new Set(keys)].map((name) => ({
      key: name,
      directory: cacheDirectory(place.cacheDir, place.projectPath, name),
    }));
    return [
      ...warnings,
      ...fallbacks.flatMap((fallback) => fallback.warnings),
      ...last.warnings,
      ...restoreLines(found, place.projectDir),
    ];
  });
  return helperScript([COPY_OPTIONS, ...enterProject(place.projectDir), ...lines], place.openUmask ?? true);
}

/**
 * The archive_cache or archive_cache_on_failure stage; null when no cache is saved in this case. Exit code 0 even when a
 * cache can't be saved (the log says so). Throws AgentError CACHE_POLICY (author).
 */
export function saveCacheScript(
  caches: readonly CacheRequest[],
  place: CachePlace,
  outcome: "success" | "failure",
): StagedScript | null {
  const used = caches.filter((cache) => namesFiles(cache) && isWanted(cache.when, outcome));
  if (used.length === 0) return null;
  const { projectDir } = place;
  const script = (lines: readonly string[]) =>
    helperScript(
      [COPY_OPTIONS, makeDirectory(place.tempDir), ...enterProject(projectDir), ...lines],
      place.openUmask ?? true,
    );
  const jobs = used.map((cache) => {
    const { key, warnings } = cleanKey(cache.key || defaultCacheKey(place.jobName, place.ref));
    if (key === "") return { lines: [...warnings, notice("Skipping cache archiving due to empty cache key")] };
    if (!allows(cache, "push", key))
      return { lines: [...warnings, notice(`Not uploading cache ${key} due to policy`)] };
    const selection = parseSelection({ ...cache, exclude: [] }, projectDir);
    return { lines: warnings, key, selection };
  });
  const save = (rootsOf: (selection: ParsedSelection, index: number) => Roots) =>
    script(
      jobs.flatMap(({ lines, key, selection }, index) =>
        selection === undefined
          ? lines
          : [
              ...lines,
              ...saveLines(key, cacheDirectory(place.cacheDir, place.projectPath, key), rootsOf(selection, index)),
            ],
      ),
    );
  const direct = (selection: ParsedSelection) => directRoots(selection, projectDir);
  const listed = jobs.flatMap(({ selection }) => (selection && needsList(selection) ? [selection] : []));
  if (listed.length === 0) return { kind: "direct", script: save(direct) };
  return {
    kind: "listed",
    listScript: script(listLines(listed)),
    finish: (bytes) => {
      const list = parseList(listed, bytes);
      return save((selection, index) =>
        needsList(selection)
          ? listedRoots(selectFiles(selection, list, projectDir), `${place.tempDir}/cache-${String(index)}.list`)
          : direct(selection),
      );
    },
  };
}

function namesFiles(cache: CacheRequest): boolean {
  return cache.paths.length > 0 || cache.untracked;
}

function isWanted(when: string, outcome: "success" | "failure"): boolean {
  if (when === "always") return true;
  return when === "on_failure" ? outcome === "failure" : outcome === "success";
}

function allows(cache: CacheRequest, action: "pull" | "push", key: string): boolean {
  const policy = cache.policy || "pull-push";
  if (policy === "pull-push" || policy === "pull" || policy === "push") return policy.split("-").includes(action);
  throw new AgentError("CACHE_POLICY", `unknown cache policy ${policy} for ${key}`, {
    hint: "Set the cache's policy to pull-push, pull or push.",
    audience: "author",
  });
}

function cleanKey(raw: string): { readonly key: string; readonly warnings: readonly string[] } {
  const { key, warning } = sanitizeCacheKey(raw);
  return { key, warnings: warning === "" ? [] : [caution(warning)] };
}

function fallbackFromVariable(raw: string): { readonly key: string; readonly warnings: readonly string[] } {
  const cleaned = cleanKey(raw);
  if (!isProtectedFallback(cleaned.key)) return cleaned;
  const refused = caution(`CACHE_FALLBACK_KEY ${JSON.stringify(cleaned.key)} not allowed to end in "-protected"`);
  return { key: "", warnings: [...cleaned.warnings, refused] };
}
