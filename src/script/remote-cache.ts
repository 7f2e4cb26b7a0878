import type { CachePlace } from "./cache.ts";
import { COPY_OPTIONS, ownDirectory, ownFile } from "./cache-copy.ts";
import type { CacheName } from "./cache-names.ts";
import { copyBackLines } from "./cache-restore.ts";
import { LOCK, SWEEP } from "./cache-save.ts";
import { enterProject } from "./environment.ts";
import { helperScript } from "./isolate.ts";
import { quote } from "./quote.ts";

/** The local copy of a cache, as its own directory describes it. */
export interface LocalVersion {
  /** Its name in the cache's directory. */
  readonly version: string;
  /** Where the same is in a remote store, and its ETag there; "" when nobody knows. */
  readonly url: string;
  readonly etag: string;
}

/** Of an address: a name has at most 1024 bytes, of which each may take three characters. */
const mostCharacters = 4096;

function script(lines: readonly string[], place: CachePlace): string {
  return helperScript([COPY_OPTIONS, ...enterProject(place.projectDir), ...lines], place.openUmask ?? true);
}

/** Prints what `parseVersion` reads. */
export function lookScript({ directory }: CacheName, place: CachePlace): string {
  const path = quote(directory);
  const marker = `${path}/"$_longshore_version"/remote`;
  return script(
    [
      `_longshore_version= _longshore_url= _longshore_etag=`,
      `if [ ! -L ${path} ] && [ ! -L ${path}/current ] && [ -f ${path}/current ]; then`,
      `  read -r _longshore_version <${path}/current || :`,
      `  case $_longshore_version in */*) _longshore_version= ;; v.*) ;; *) _longshore_version= ;; esac`,
      `fi`,
      `if [ -L ${path}/"$_longshore_version" ] || [ -L ${path}/"$_longshore_version"/tree ] || [ ! -d ${path}/"$_longshore_version"/tree ]; then`,
      `  _longshore_version=`,
      `fi`,
      `if [ -n "$_longshore_version" ] && [ ! -L ${marker} ] && [ -f ${marker} ]; then`,
      `  { read -r _longshore_url; read -r _longshore_etag; } <${marker} || :`,
      `fi`,
      // A job can write there what it likes; an answer that is too long would fail the stage.
      `if [ \${#_longshore_url} -gt ${mostCharacters} ] || [ \${#_longshore_etag} -gt ${mostCharacters} ]; then`,
      `  _longshore_url= _longshore_etag=`,
      `fi`,
      `printf '%s\\n%s\\n%s\\n' "$_longshore_version" "$_longshore_url" "$_longshore_etag"`,
    ],
    place,
  );
}

/** null when there is no local copy. */
export function parseVersion(output: string): LocalVersion | null {
  const [version = "", url = "", etag = ""] = output.split("\n");
  return /^v\.[A-Za-z0-9]+$/.test(version) ? { version, url, etag } : null;
}

/** Makes a directory for what is in an archive, and prints its name in the cache's directory, for `parsePlace`. */
export function makePlaceScript({ directory }: CacheName, place: CachePlace): string {
  const path = quote(directory);
  return script(
    [
      `mkdir -p ${path}`,
      ...ownDirectory(path),
      `_longshore_new=$(mktemp -d ${path}/u.XXXXXX)`,
      `mkdir "$_longshore_new/tree"`,
      `printf '%s\\n' "\${_longshore_new##*/}"`,
    ],
    place,
  );
}

/** "" for what is no such name. */
export function parsePlace(output: string): string {
  return /^u\.[A-Za-z0-9]+$/.exec(output.trim())?.[0] ?? "";
}

/** Makes what was unpacked there the version that counts, and copies it into the project directory. Exit code 0 when it did. */
export function takeOverScript(
  name: CacheName,
  unpacked: string,
  origin: { readonly url: string; readonly etag: string },
  place: CachePlace,
): string {
  return script(
    [
      `_longshore_dir=${quote(name.directory)}`,
      `_longshore_new="$_longshore_dir"/${quote(unpacked.replace(/^u/, "v"))}`,
      `(`,
      `set -e`,
      ...LOCK,
      ...ownDirectory(`"$_longshore_dir"/${quote(unpacked)}`),
      `printf '%s\\n%s\\n' ${quote(origin.url)} ${quote(origin.etag)} >"$_longshore_dir"/${quote(unpacked)}/remote`,
      `mv "$_longshore_dir"/${quote(unpacked)} "$_longshore_new"`,
      `printf '%s\\n' "\${_longshore_new##*/}" >"$_longshore_dir/new.current"`,
      `mv -f "$_longshore_dir/new.current" "$_longshore_dir/current"`,
      ...SWEEP,
      `)`,
      ...copyBackLines(name, place),
      `exit $_longshore_code`,
    ],
    place,
  );
}

/** Copies the local copy into the project directory. Exit code 0 when it did. */
export function copyBackScript(name: CacheName, place: CachePlace): string {
  return script([...copyBackLines(name, place), `exit $_longshore_code`], place);
}

/** Notes where a remote store has a version, or that it is no longer being read. */
export function noteScript(
  { directory }: CacheName,
  version: string,
  origin: { readonly url: string; readonly etag: string } | null,
  place: CachePlace,
): string {
  const path = `${quote(directory)}/${quote(version)}`;
  const note =
    origin === null
      ? []
      : [
          ...ownFile(`${path}/remote`),
          `printf '%s\\n%s\\n' ${quote(origin.url)} ${quote(origin.etag)} >${path}/remote`,
        ];
  return script([...ownDirectory(path), ...note, `rm -f ${path}/pin`], place);
}

/** Removes what was unpacked there. */
export function dropPlaceScript({ directory }: CacheName, unpacked: string, place: CachePlace): string {
  return script([`rm -rf ${quote(directory)}/${quote(unpacked)}`], place);
}

/** Removes what a cache should have brought. */
export function cleanUpScript(lines: readonly string[], place: CachePlace): string | null {
  return lines.length === 0 ? null : script(lines, place);
}
