import { relativeToProject } from "../job/globs.ts";
import { AgentError } from "../support/errors.ts";
import { COPY_OPTIONS } from "./cache-copy.ts";
import { type CacheName, cacheNames, savedCacheName } from "./cache-names.ts";
import { restoreLines } from "./cache-restore.ts";
import { saveLines } from "./cache-save.ts";
import { INSIDE, isInside, listLines, parseList } from "./file-list.ts";
import { needsList, type ParsedSelection, parseSelection } from "./file-selection.ts";
import { enterProject, makeDirectory } from "./environment.ts";
import { helperScript } from "./isolate.ts";
import { directRoots, listedRoots, type Roots } from "./roots.ts";
import { quote } from "./quote.ts";
import { caution, notice, plain } from "./say.ts";
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
  /** FF_HASH_CACHE_KEYS; default false. */
  readonly hashKeys?: boolean;
  /** FF_CLEAN_UP_FAILED_CACHE_EXTRACT: what a cache should have brought is removed where it brings nothing; default false. */
  readonly cleanUpFailed?: boolean;
}

/**
 * The restore_cache stage; null when the job has no cache. A cache that can't be restored is a warning in the log, exit
 * code 0. Throws AgentError CACHE_POLICY (author).
 */
export function restoreCacheScript(caches: readonly CacheRequest[], place: CachePlace): string | null {
  const used = caches.filter(namesFiles);
  if (used.length === 0) return null;
  const lines = used.flatMap((cache) => {
    const { names, warnings } = wantedToPull(cache, place);
    if (typeof names === "string") return [...warnings.map(caution), notice(names)];
    return [...warnings.map(caution), ...restoreLines(names, place, cleanUpLines(cache, place))];
  });
  return helperScript([COPY_OPTIONS, ...enterProject(place.projectDir), ...lines], place.openUmask ?? true);
}

/** The names under which a cache is to be looked for, or why it isn't. Throws AgentError CACHE_POLICY (author). */
export function wantedToPull(
  cache: CacheRequest,
  place: CachePlace,
): { readonly warnings: readonly string[]; readonly names: readonly CacheName[] | string } {
  const own = savedCacheName(cache, place);
  const [name] = own.names;
  if (name === undefined) return { warnings: own.warnings, names: "Skipping cache extraction due to empty cache key" };
  if (!allows(cache, "pull", name.key))
    return { warnings: own.warnings, names: `Not downloading cache ${name.key} due to policy` };
  return cacheNames(cache, place);
}

/** The name under which a cache is to be saved, or why it isn't. Throws AgentError CACHE_POLICY (author). */
export function wantedToPush(
  cache: CacheRequest,
  place: CachePlace,
): { readonly warnings: readonly string[]; readonly name: CacheName | string } {
  const {
    warnings,
    names: [name],
  } = savedCacheName(cache, place);
  if (name === undefined) return { warnings, name: "Skipping cache archiving due to empty cache key" };
  if (!allows(cache, "push", name.key)) return { warnings, name: `Not uploading cache ${name.key} due to policy` };
  return { warnings, name };
}

/**
 * The archive_cache or archive_cache_on_failure stage; null when no cache is saved in this case. Exit code 0 even when a
 * cache can't be saved (the log says so). Throws AgentError CACHE_POLICY (author).
 *
 * @param destination "remote": of a single cache, and its exit code is one of SAVED
 */
export function saveCacheScript(
  caches: readonly CacheRequest[],
  place: CachePlace,
  outcome: "success" | "failure",
  destination: "local" | "remote" = "local",
): StagedScript | null {
  const used = caches.filter((cache) => isSaved(cache, outcome));
  if (used.length === 0) return null;
  const { projectDir } = place;
  const script = (lines: readonly string[]) =>
    helperScript(
      [COPY_OPTIONS, makeDirectory(place.tempDir), ...enterProject(projectDir), ...lines],
      place.openUmask ?? true,
    );
  const jobs = used.map((cache) => {
    const { warnings, name } = wantedToPush(cache, place);
    if (typeof name === "string") return { lines: [...warnings.map(caution), notice(name)] };
    const selection = parseSelection({ ...cache, exclude: [] }, projectDir);
    return { lines: warnings.map(caution), name, selection };
  });
  const save = (rootsOf: (selection: ParsedSelection, index: number) => Roots) =>
    script(
      jobs.flatMap(({ lines, name, selection }, index) =>
        selection === undefined ? lines : [...lines, ...saveLines(name, rootsOf(selection, index), destination)],
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

/** Whether a cache is saved after a job with this outcome. */
export function isSaved(cache: CacheRequest, outcome: "success" | "failure"): boolean {
  return namesFiles(cache) && isWanted(cache.when, outcome);
}

export function namesFiles(cache: CacheRequest): boolean {
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

/** Removes what the cache is about, as far as it lies in the project directory. */
export function cleanUpLines(cache: CacheRequest, { cleanUpFailed, projectDir }: CachePlace): string[] {
  if (cleanUpFailed !== true) return [];
  return cache.paths.flatMap((given) => {
    const path = relativeToProject(given, projectDir);
    if (path === null || path === ".") return [];
    return [INSIDE, plain(`Removing ${given}`), `if ${isInside(path)}; then rm -rf ${quote(`./${path}`)}; fi`];
  });
}
