import { attempt } from "./cache-copy.ts";
import { withProgress } from "./cache-progress.ts";
import type { Roots } from "./roots.ts";

/**
 * Writes a line for each file into `file`, sorted. Run where the roots' names begin. Whole seconds: some copies (busybox)
 * keep no more. A directory's size and time say nothing that its names don't.
 */
export function fingerprint(roots: Roots, file: string): string[] {
  const names = `find "$@" -type d -exec stat -c '%f %u:%g %n' {} + -o -exec stat -c '%f %u:%g %s %Y %n' {} +`;
  return [`${roots.each(names)} >"$_longshore_dir/new.names"`, `LC_ALL=C sort "$_longshore_dir/new.names" >${file}`];
}

/**
 * Makes the version that counts from now on, of the files that `new.fingerprint` is about: linked to those of
 * `$_longshore_old` where they are the same, else copied. Nobody ever writes to the files of a version, so that
 * versions may share them; the files of a job must be its own.
 */
export function writeVersion(key: string, roots: Roots): string[] {
  const tree = `"$_longshore_new/tree"`;
  const work = [
    ...attempt(linkVersion(roots)),
    `if [ $_longshore_code -ne 0 ]; then`,
    `  rm -rf ${tree}`,
    `  mkdir ${tree}`,
    `  ${roots.each(`cp $_longshore_cp --parents "$@" ${tree}`)}`,
    `fi`,
  ];
  return [
    `_longshore_new=$(mktemp -d "$_longshore_dir/v.XXXXXX")`,
    `export _longshore_new`,
    ...withProgress(
      {
        doing: `Creating cache ${key}`,
        done: `Created cache ${key}`,
        soFar: `du -sk ${tree} | cut -f1`,
        all: tree,
        atExit: `rm -rf "$_longshore_new" "$_longshore_dir"/new.*`,
      },
      [...noteRoots(roots), ...work],
    ),
    `mv "$_longshore_dir/new.fingerprint" "$_longshore_new/fingerprint"`,
    `printf '%s\\n' "\${_longshore_new##*/}" >"$_longshore_dir/new.current"`,
    `mv -f "$_longshore_dir/new.current" "$_longshore_dir/current"`,
    `trap - EXIT`,
  ];
}

/** Names with line breaks cannot be told apart in lists of names: then nothing is linked, now or by the next save. */
function noteRoots(roots: Roots): string[] {
  return [
    `${roots.each(`find "$@" -name '*\n*'`)} >"$_longshore_dir/new.broken"`,
    `[ -s "$_longshore_dir/new.broken" ] || ${roots.each(`printf '%s\\n' "$@"`)} >"$_longshore_new/roots"`,
  ];
}

/** Ends with an error unless the new tree is, by its fingerprint, what it should be. */
function linkVersion(roots: Roots): string[] {
  const old = `"$_longshore_dir/$_longshore_old"`;
  const list = (kind: string) => `"$_longshore_dir/new.${kind}"`;
  const tree = `"$_longshore_new/tree"`;
  const compare = (columns: string) => `LC_ALL=C comm ${columns} ${old}/fingerprint ${list("fingerprint")}`;
  const directories = `LC_ALL=C sed -n 's/^4[^ ]* [^ ]* //p'`;
  const others = `LC_ALL=C sed -n '/^4/!s/^[^ ]* [^ ]* [^ ]* [^ ]* //p'`;
  const each = (code: string) => `tr '\\n' '\\0' | xargs -0 sh -c 'set -e; [ $# -eq 0 ] || ${code}' sh`;
  return [
    `exec 2>/dev/null`,
    `[ -n "$_longshore_old" ]`,
    `cmp -s ${old}/roots "$_longshore_new/roots"`,
    `${compare("-23")} >${list("gone")}`,
    `${compare("-13")} >${list("changed")}`,
    // More than half of it is new: a copy takes no longer.
    `[ $(wc -l <${list("changed")}) -le $(($(wc -l <${list("fingerprint")}) / 2)) ]`,
    `cp -al ${old}/tree ${tree}`,
    `(`,
    `  cd ${tree}`,
    `  ${others} ${list("gone")} | ${each(`rm -f "$@"`)}`,
    `  ${directories} ${list("gone")} | LC_ALL=C sort -r | ${each(`rmdir "$@"`)} || true`,
    `)`,
    `${directories} ${list("changed")} | ${each(`tar -c --no-recursion -f - "$@" | tar -x -p -f - -C ${tree}`)}`,
    `${others} ${list("changed")} | ${each(`cp $_longshore_cp --parents "$@" ${tree}`)}`,
    `cd ${tree}`,
    ...fingerprint(roots, list("linked")),
    `cmp -s ${list("fingerprint")} ${list("linked")}`,
  ];
}
