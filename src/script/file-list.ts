import { posix } from "node:path";
import type { ParsedSelection } from "./file-selection.ts";
import { quote } from "./quote.ts";

/** The names below one base, or the untracked ones, in the order in which `find` or git gave them: a directory before what is in it. */
export interface FileList {
  readonly byBase: ReadonlyMap<string, readonly string[]>;
  readonly untracked: readonly string[];
}

/**
 * Defines a test whether a path, relative to the project directory, lies in it when its links are followed, its last
 * part left aside: through a link to elsewhere an archive would get files of the helper, or of whatever is mounted there.
 */
export const INSIDE = [
  `_longshore_root=$(pwd -P)`,
  `_longshore_inside() { case $(cd -P "$1" 2>/dev/null && pwd -P)/ in "$_longshore_root"/*) ;; *) return 1 ;; esac; }`,
].join("\n");

/** That test of one path. A name that ends in a slash is followed itself. */
export function isInside(path: string): string {
  return `_longshore_inside ${quote(`./${path.endsWith("/") ? path : posix.dirname(path)}`)}`;
}

function bases(selections: readonly ParsedSelection[]): string[] {
  const found = selections.flatMap(({ paths }) => paths.map(({ base, matches }) => (matches ? `${base}/` : base)));
  return [...new Set(found)];
}

/**
 * Commands, run in the project directory, that print all names that the selections may mean: for each base in turn,
 * then the untracked ones; every name ends in a NUL, every group in one more.
 */
export function listLines(selections: readonly ParsedSelection[]): string[] {
  const groups = bases(selections).map((base) => {
    const path = quote(`./${base}`);
    // With the slash at the end a pattern reaches into a directory through a link to it, as doublestar does; the link
    // itself is then nothing that stands for the directory's content.
    const from =
      base.endsWith("/") && base !== "./" ? `$([ -L ${quote(`./${base.slice(0, -1)}`)} ] && echo 1 || echo 0)` : "0";
    const find = `find ${path} -mindepth ${from} -print0`;
    return `{ [ ! -e ${path} ] && [ ! -L ${path} ]; } || ! ${isInside(base)} || ${find} || true`;
  });
  if (selections.some(({ untracked }) => untracked)) {
    groups.push(`git ls-files -o -z || printf 'WARNING: untracked: git ls-files failed\\n' >&2`);
  }
  return [INSIDE, ...groups.flatMap((group) => [group, `printf '\\0'`])];
}

/** Reads what the commands of `listLines` for the same selections printed. */
export function parseList(selections: readonly ParsedSelection[], list: Uint8Array): FileList {
  const groups: string[][] = [[]];
  for (const name of new TextDecoder("utf-8", { ignoreBOM: true }).decode(list).split("\0")) {
    if (name === "") groups.push([]);
    else groups.at(-1)?.push(posix.normalize(name).replace(/\/$/, ""));
  }
  const keys = bases(selections);
  return {
    byBase: new Map(keys.map((key, index) => [posix.normalize(key).replace(/(?<=.)\/$/, ""), groups[index] ?? []])),
    untracked: groups[keys.length] ?? [],
  };
}
