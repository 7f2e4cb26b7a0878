import { attempt, ownDirectory, ownFile } from "./cache-copy.ts";
import { fingerprint, writeVersion } from "./cache-version.ts";
import { quote } from "./quote.ts";
import type { Roots } from "./roots.ts";
import { caution, notice, plain, warning } from "./say.ts";

/**
 * Saves a cache into `directory`:
 *
 *     v.AbCdEf/tree          the files, relative paths kept
 *     v.AbCdEf/fingerprint   names, sizes, owners, modes and times that they had
 *     v.AbCdEf/roots         the names that were saved with all in them; only where every name is one line
 *     current                the name of the version that counts; replaced by rename, so a killed save changes nothing
 *     lock, lock.save        held by a restore (shared); held by a save
 */
export function saveLines(key: string, directory: string, roots: Roots): string[] {
  return [
    notice(`Creating cache ${key}...`),
    `_longshore_dir=${quote(directory)}`,
    ...attempt([
      ...roots.find,
      `if ${roots.none}; then ${warning("No files to cache.")}; exit 0; fi`,
      ...LOCK,
      ...unlessUpToDate(roots),
      ...writeVersion(key, roots),
      ...SWEEP,
      plain("No URL provided, cache will not be uploaded to shared cache server. Cache will be stored only locally."),
    ]),
    `if [ $_longshore_code -eq 0 ]; then ${notice("Created cache")}; else ${caution("Failed to create cache")}; fi`,
  ];
}

const LOCK = [
  `mkdir -p "$_longshore_dir"`,
  ...ownDirectory(`"$_longshore_dir"`),
  ...["lock", "lock.save", "current"].flatMap((name) => ownFile(`"$_longshore_dir/${name}"`)),
  `exec 8>>"$_longshore_dir/lock.save" 9>>"$_longshore_dir/lock"`,
  `_longshore_tries=0`,
  `while command -v flock >/dev/null && ! flock -n -x 8; do`,
  `  _longshore_tries=$((_longshore_tries + 1))`,
  `  if [ $_longshore_tries -gt 60 ]; then`,
  `    ${warning("another job is saving this cache: it is left to that one")}`,
  `    exit 1`,
  `  fi`,
  `  sleep 1`,
  `done`,
];

/** Nothing is written when the cache that is there was saved from the same files. */
function unlessUpToDate(roots: Roots): string[] {
  return [
    `rm -f "$_longshore_dir"/new.*`,
    ...fingerprint(roots, `"$_longshore_dir/new.fingerprint"`),
    `_longshore_old=`,
    `[ ! -f "$_longshore_dir/current" ] || read -r _longshore_old <"$_longshore_dir/current"`,
    `if cmp -s "$_longshore_dir/new.fingerprint" "$_longshore_dir/$_longshore_old/fingerprint"; then`,
    `  rm -f "$_longshore_dir"/new.*`,
    `  ${plain("Archive is up to date!")}`,
    `  exit 0`,
    `fi`,
  ];
}

/** Removes what does not count any more, unless a restore is reading it: then the next save does. */
const SWEEP = [
  `rm -f "$_longshore_dir"/new.*`,
  `if ! command -v flock >/dev/null || flock -n -x 9; then`,
  `  for _longshore_file in "$_longshore_dir"/v.*; do`,
  `    [ "$_longshore_file" = "$_longshore_new" ] || rm -rf "$_longshore_file"`,
  `  done`,
  `fi`,
];
