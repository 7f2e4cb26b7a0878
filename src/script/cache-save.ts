import { attempt, ownDirectory, ownFile } from "./cache-copy.ts";
import type { CacheName } from "./cache-names.ts";
import { fingerprint, writeVersion } from "./cache-version.ts";
import { separate } from "./hard-links.ts";
import { quote } from "./quote.ts";
import type { Roots } from "./roots.ts";
import { caution, notice, plain, warning } from "./say.ts";

/** Exit codes of a script that saves a single cache for a remote store. */
export const SAVED = { version: 0, nothing: 4 } as const;

/**
 * Saves a cache into its directory:
 *
 *     v.AbCdEf/tree          the files, relative paths kept
 *     v.AbCdEf/fingerprint   names, sizes, owners, modes and times that they had; none when it came from a remote store
 *     v.AbCdEf/roots         the names that were saved with all in them; only where every name is one line
 *     v.AbCdEf/remote        where a remote store has the same, and the ETag there: a line each
 *     v.AbCdEf/pin           it is being uploaded
 *     u.AbCdEf/tree          an archive from a remote store that is being unpacked
 *     current                the name of the version that counts; replaced by rename, so a killed save changes nothing
 *     lock, lock.save        held by a restore (shared); held by a save
 */
export function saveLines({ key, directory }: CacheName, roots: Roots, destination: "local" | "remote"): string[] {
  const isLocal = destination === "local";
  const none = isLocal ? 0 : SAVED.nothing;
  const end = isLocal
    ? `if [ $_longshore_code -eq 0 ]; then ${notice("Created cache")}; else ${caution("Failed to create cache")}; fi`
    : `if [ $_longshore_code -ne 0 ]; then exit $_longshore_code; fi`;
  const stays = plain(
    "No URL provided, cache will not be uploaded to shared cache server. Cache will be stored only locally.",
  );
  return [
    notice(`Creating cache ${key}...`),
    `_longshore_dir=${quote(directory)}`,
    ...attempt([
      ...roots.find,
      `if ${roots.none}; then ${warning("No files to cache.")}; exit ${String(none)}; fi`,
      ...LOCK,
      ...unlessUpToDate(roots, isLocal),
      ...writeVersion(key, roots),
      ...(isLocal ? [] : [...separate(`"$_longshore_new/tree"`, 1), PIN]),
      ...SWEEP,
      ...(isLocal ? [stays] : []),
    ]),
    end,
  ];
}

const PIN = `: >"$_longshore_new/pin"`;

/** For whoever writes into a cache's directory; one at a time. */
export const LOCK = [
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
function unlessUpToDate(roots: Roots, isLocal: boolean): string[] {
  const old = `"$_longshore_dir/$_longshore_old"`;
  return [
    `rm -f "$_longshore_dir"/new.*`,
    `_longshore_old=`,
    `[ ! -f "$_longshore_dir/current" ] || read -r _longshore_old <"$_longshore_dir/current"`,
    // Of what came from a remote store only now is it known which names will be compared.
    `if [ -n "$_longshore_old" ] && [ ! -e ${old}/fingerprint ]; then`,
    `  (cd ${old}/tree && ${fingerprint(roots, `${old}/fingerprint`).join(" && ")}) 2>/dev/null || rm -f ${old}/fingerprint`,
    `fi`,
    ...fingerprint(roots, `"$_longshore_dir/new.fingerprint"`),
    `if cmp -s "$_longshore_dir/new.fingerprint" "$_longshore_dir/$_longshore_old/fingerprint"; then`,
    `  rm -f "$_longshore_dir"/new.*`,
    isLocal ? `  ${plain("Archive is up to date!")}` : `  : >${old}/pin`,
    `  exit 0`,
    `fi`,
  ];
}

/**
 * Removes what does not count any more, unless a restore or an upload is reading it: then the next save does. What an
 * agent that died left pinned, or half unpacked, is a day old some time.
 */
export const SWEEP = [
  `rm -f "$_longshore_dir"/new.*`,
  `find "$_longshore_dir" -maxdepth 1 -name 'u.*' -mtime +0 -exec rm -rf {} +`,
  `if ! command -v flock >/dev/null || flock -n -x 9; then`,
  `  for _longshore_file in "$_longshore_dir"/v.*; do`,
  `    if [ "$_longshore_file" = "$_longshore_new" ]; then continue; fi`,
  `    if [ -n "$(find "$_longshore_file" -maxdepth 1 -name pin -mtime -1)" ]; then continue; fi`,
  `    rm -rf "$_longshore_file"`,
  `  done`,
  `fi`,
];
