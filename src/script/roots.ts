import { posix } from "node:path";
import { INSIDE, isInside } from "./file-list.ts";
import type { ParsedSelection } from "./file-selection.ts";
import { noMatch } from "./file-selection.ts";
import { quote, quoteAll } from "./quote.ts";
import { plain, warning } from "./say.ts";
import type { Chosen } from "./select-files.ts";

/**
 * The chosen files in a running script: either its arguments (`$@`), or a file with a name a line. Plain names are
 * looked for by the script itself; names that were matched arrive in a file, as there may be very many.
 */
export interface Roots {
  /** Commands, run in the project directory, that say what was found and set the roots up. */
  readonly find: readonly string[];
  /** A test that succeeds when there is nothing. */
  readonly none: string;
  /** A command that runs `code`, shell text in which `"$@"` are the roots (all, or a part at a time). */
  readonly each: (code: string) => string;
}

/** Roots of a selection of plain names. */
export function directRoots(selection: ParsedSelection, projectDir: string): Roots {
  const paths = selection.paths.map(({ path }) => path);
  const top = (path: string) => !paths.some((other) => other !== path && contains(other, path));
  const seen = new Set<string>();
  const find = selection.paths.flatMap(({ given, path }) => {
    const word = quote(`./${path}`);
    const isNew = !seen.has(path);
    seen.add(path);
    return [
      `if { [ -e ${word} ] || [ -L ${word} ]; } && ! ${isInside(path)}; then`,
      `  ${warning(`${given}: leads out of the project directory, and is left out`)}`,
      `elif [ -e ${word} ] || [ -L ${word} ]; then`,
      `  printf '%s: found %s matching artifact files and directories\\n' ${quote(given)} "$(find ${word} | wc -l)"`,
      ...(isNew && top(path) ? [`  set -- "$@" ${word}`] : []),
      `else`,
      `  ${warning(noMatch(given, projectDir))}`,
      `fi`,
    ];
  });
  return {
    find: ["set --", INSIDE, ...selection.problems.map(warning), ...find],
    none: `[ $# -eq 0 ]`,
    each: (code) => code,
  };
}

/** Roots that were chosen from a list of names. `file`: where the script may keep them. */
export function listedRoots(chosen: Chosen, file: string): Roots {
  const text = chosen.roots.map((root) => `./${root}\n`).join("");
  return {
    find: [
      ...chosen.messages.map(({ level, text: message }) => (level === "info" ? plain(message) : warning(message))),
      `printf '%s' ${quote(text)} >${quote(file)}`,
    ],
    none: chosen.roots.length === 0 ? "true" : "false",
    each: (code) => `tr '\\n' '\\0' <${quote(file)} | xargs -0 sh -c ${quote(`set -e\n${code}`)} ${quoteAll(["sh"])}`,
  };
}

function contains(directory: string, path: string): boolean {
  return directory === "." || posix.join(path, "/").startsWith(posix.join(directory, "/"));
}
