import { attempt, ownDirectory, ownFile } from "./cache-copy.ts";
import { withProgress } from "./cache-progress.ts";
import type { CachePlace } from "./cache.ts";
import type { CacheName } from "./cache-names.ts";
import { quote } from "./quote.ts";
import { caution, notice, plain, warning } from "./say.ts";

/**
 * Restores the first of the caches that is there. A cache is a directory with versions (`v.*`), and a file `current` that
 * names one of them; see cache-save.ts.
 */
export function restoreLines(names: readonly CacheName[], place: CachePlace, cleanUp: readonly string[]): string[] {
  const [name, ...others] = names;
  if (name === undefined) return [];
  return [
    notice(`Checking cache for ${name.key}...`),
    plain(
      "No URL provided, cache will not be downloaded from shared cache server. Instead a local version of cache will be extracted.",
    ),
    ...copyBackLines(name, place),
    `if [ $_longshore_code -ne 0 ]; then`,
    ...cleanUp,
    ...restoreLines(others, place, cleanUp),
    // Of a branch that is empty otherwise.
    `  :`,
    `fi`,
  ];
}

/** Copies the version that counts into the project directory, and says how that ended; `$_longshore_code` tells. */
export function copyBackLines({ key, directory }: CacheName, { projectDir }: CachePlace): string[] {
  return [
    ...attempt(copyBack(key, quote(directory), quote(projectDir))),
    `if [ $_longshore_code -eq 0 ]; then ${notice("Successfully extracted cache")}; else ${caution("Failed to extract cache")}; fi`,
  ];
}

function copyBack(key: string, directory: string, projectDir: string): string[] {
  return [
    `if [ ! -f ${directory}/current ]; then ${warning("Cache file does not exist")}; exit 1; fi`,
    ...ownDirectory(directory),
    ...ownFile(`${directory}/lock`),
    // While it is held, no save removes the version that is being read.
    `exec 9>>${directory}/lock`,
    `! command -v flock >/dev/null || flock -s 9`,
    `read -r _longshore_version <${directory}/current`,
    `case $_longshore_version in */*) exit 1 ;; v.*) ;; *) exit 1 ;; esac`,
    ...ownDirectory(`${directory}/"$_longshore_version"`),
    ...ownDirectory(`${directory}/"$_longshore_version"/tree`),
    `cd ${directory}/"$_longshore_version"/tree`,
    // Not `.`: that would give the project directory the mode and owner of the cache's.
    `set --`,
    `for _longshore_file in * .[!.]* ..?*; do`,
    `  if [ -e "$_longshore_file" ] || [ -L "$_longshore_file" ]; then set -- "$@" "./$_longshore_file"; fi`,
    `done`,
    // Always copies: a job may write to its files in place, and must not write into the cache.
    `cp $_longshore_cp "$@" ${projectDir}/ &`,
    `_longshore_copy=$!`,
    ...withProgress({ doing: `Extracting cache ${key}`, done: `Extracted cache ${key}`, soFar: WRITTEN, all: "." }, [
      `wait $_longshore_copy`,
    ]),
  ];
}

/** What the kernel counts for the copying process: the files may lie among others in the project directory. */
const WRITTEN = [
  `while read -r _longshore_key _longshore_value; do`,
  `[ "$_longshore_key" != wchar: ] || echo $((_longshore_value / 1024));`,
  `done </proc/$_longshore_copy/io`,
].join(" ");
