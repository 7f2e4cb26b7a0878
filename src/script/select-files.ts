import { posix } from "node:path";
import type { FileList } from "./file-list.ts";
import { noMatch, type ParsedSelection } from "./file-selection.ts";

export interface Chosen {
  /** Names whose whole content is chosen, none inside another. */
  readonly roots: readonly string[];
  /** Directories of which only a part is chosen. */
  readonly directories: readonly string[];
  readonly messages: readonly { readonly level: "info" | "warning"; readonly text: string }[];
}

/** Applies a selection to the names that are there. Says what GitLab Runner says about each path. */
export function selectFiles(selection: ParsedSelection, list: FileList, projectDir: string): Chosen {
  const messages: Chosen["messages"][number][] = [];
  const info = (text: string) => messages.push({ level: "info", text });
  const warn = (text: string) => messages.push({ level: "warning", text });
  const chosen = new Set<string>();
  const excluded = new Map<string, number>();
  const choose = (names: Iterable<string>): number => {
    let found = 0;
    for (const name of names) {
      const rule = selection.exclude.find(({ matches }) => matches(name));
      if (rule) {
        excluded.set(rule.given, (excluded.get(rule.given) ?? 0) + 1);
      } else {
        chosen.add(name);
        found++;
      }
    }
    return found;
  };

  selection.problems.forEach(warn);
  for (const { given, matches, base } of selection.paths) {
    const names = list.byBase.get(base) ?? [];
    const found = choose(matches === null ? names : matchesWithContent(names, matches));
    if (found === 0) warn(noMatch(given, projectDir));
    else info(`${given}: found ${String(found)} matching artifact files and directories`);
  }
  if (selection.untracked) {
    const found = choose(list.untracked);
    if (found === 0) warn("untracked: no files");
    else info(`untracked: found ${String(found)} files`);
  }
  for (const [rule, count] of excluded) info(`${rule}: excluded ${String(count)} files`);

  const { roots, directories, unnameable } = reduce(chosen, [...list.byBase.values()].flat());
  if (unnameable > 0)
    warn(`${String(unnameable)} files were left out: their names cannot be handled (not UTF-8, or with a line break)`);
  return { roots, directories, messages };
}

/** The names that match, and everything in the directories among them. */
function* matchesWithContent(names: readonly string[], matches: (name: string) => boolean): Generator<string> {
  let inside: string | null = null;
  for (const name of names) {
    if (inside !== null && (inside === "." || name.startsWith(`${inside}/`))) {
      yield name;
    } else if (matches(name)) {
      inside = name;
      yield name;
    }
  }
}

/** Few names instead of many: a directory stands for its content where all of it is chosen. */
function reduce(chosen: ReadonlySet<string>, known: readonly string[]) {
  const partial = new Set<string>();
  for (const name of known) {
    if (chosen.has(name)) continue;
    for (let parent = name; !partial.has(parent) && parent !== ".";) {
      partial.add(parent);
      parent = posix.dirname(parent);
    }
    partial.add(".");
  }
  const whole = (name: string) => chosen.has(name) && !partial.has(name);
  const covered = (name: string): boolean => {
    if (name === "." || name === "/") return false;
    const parent = posix.dirname(name);
    return whole(parent) || covered(parent);
  };
  const top = [...chosen].filter((name) => !covered(name));
  const nameable = top.filter((name) => !/[\n\uFFFD]/.test(name));
  return {
    roots: nameable.filter(whole),
    directories: nameable.filter((name) => !whole(name) && name !== "."),
    unnameable: top.length - nameable.length,
  };
}
