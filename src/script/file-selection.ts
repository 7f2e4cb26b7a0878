import { globMatcher, isPattern, relativeToProject, splitPattern } from "../job/globs.ts";
import { messageOf } from "../support/errors.ts";

/** What an item of `artifacts:` or `cache:` names; variables are expanded already. */
export interface FileSelection {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  /** Also what git doesn't track. */
  readonly untracked: boolean;
}

/** One of the author's paths, read. */
export interface SelectedPath {
  /** As the author wrote it. */
  readonly given: string;
  /** Relative to the project directory, without `./`. */
  readonly path: string;
  /** null for a plain name. */
  readonly matches: ((name: string) => boolean) | null;
  /** Where to look: the name itself, or the directory that all matches lie in. */
  readonly base: string;
}

export interface ParsedSelection {
  readonly paths: readonly SelectedPath[];
  readonly exclude: readonly { readonly given: string; readonly matches: (name: string) => boolean }[];
  readonly untracked: boolean;
  /** Warnings for the log, about what is left out. */
  readonly problems: readonly string[];
}

/** Reads a selection. Nothing in it is an error: what can't be used becomes a warning, as in GitLab Runner. */
export function parseSelection(selection: FileSelection, projectDir: string): ParsedSelection {
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      problems.push(messageOf(error));
      return [];
    }
  };
  const inProject = (given: string): string[] => {
    const path = relativeToProject(given, projectDir);
    if (path !== null) return [path];
    problems.push(`artifact path is not a subpath of project directory: ${given}`);
    return [];
  };
  const paths = selection.paths.flatMap((given) => {
    if (given === "") problems.push("No matching files. Path is empty.");
    return given === "" ? [] : inProject(given).flatMap((path) => attempt(() => readPath(given, path)));
  });
  const exclude = selection.exclude.flatMap((given) =>
    inProject(given).flatMap((path) => attempt(() => ({ given, matches: globMatcher(path) }))),
  );
  return { paths, exclude, untracked: selection.untracked, problems };
}

function readPath(given: string, path: string): SelectedPath {
  if (!isPattern(path)) return { given, path, matches: null, base: path };
  return { given, path, matches: globMatcher(path), base: splitPattern(path).base || "." };
}

/** Whether names have to be looked at before anything can be said about the selection. */
export function needsList(selection: ParsedSelection): boolean {
  return selection.untracked || selection.exclude.length > 0 || selection.paths.some(({ matches }) => matches !== null);
}

/** What GitLab Runner says of a path that names nothing. */
export function noMatch(given: string, projectDir: string): string {
  return `${given}: no matching files. Ensure that the artifact path is relative to the working directory (${projectDir})`;
}
