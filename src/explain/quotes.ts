import { isEcho, isQuote } from "./lines.ts";

/** Blocks in which test frameworks show what tests printed, by how they begin and where they are over. */
const blocks: readonly { readonly begin: RegExp; readonly end: RegExp }[] = [
  // jest
  { begin: /^\s*console\.(?:log|error|warn|info|debug)$/, end: /^\s+at |^(?:PASS|FAIL) / },
  // vitest
  { begin: /^(?:stdout|stderr) \| \S+/, end: /^\s*$/ },
  // pytest
  {
    begin: /^-+ Captured (?:log|stdout|stderr) (?:call|setup|teardown) -+$/,
    end: /^(?:-{3,}|={3,}|_{3,}|FAILED |ERROR tests)/,
  },
  // Python's doctest
  { begin: /^Expected:$/, end: /^Got(?: nothing|:)$/ },
  { begin: /^diff --git /, end: /^(?![-+ \\@]|diff |index |new |deleted |similarity |rename )/ },
];
/** Not what ended a job: a logger's lines below an error, and what a linter says of a line of a file. */
const notes: readonly RegExp[] = [
  /^.{0,60}(?:\b(?:WARN|WARNING|INFO|DEBUG|TRACE)\b(?!:)|\blevel=(?:info|debug|warn(?:ing)?)\b)/,
  /^(?!standard_init_linux)[\w./-]+\.\w+:\d+(?::\d+)?[: ]/,
];
/** Said by whoever goes on without. */
const tolerated = /\b(?:skipping|falling back|ignor(?:ed|ing)|optional)\b/i;

/** In place of a line: how far another is from the end stays as it was. */
export const omitted = "…";

/**
 * An output without words that somebody only repeats: expectations of tests, diffs, what tests printed, warnings. Echoed
 * commands stay, and so does the number of lines.
 */
export function withoutQuotes(lines: readonly string[]): readonly string[] {
  let end: RegExp | null = null;
  return lines.map((line, at) => {
    if (line.trim() === "") {
      if (end?.test(line) === true) end = null;
      return line;
    }
    if (isEcho(line)) {
      end = null;
      return line;
    }
    if (end?.test(line) === true) end = null;
    const isInside = end !== null;
    end ??= blocks.find(({ begin }) => begin.test(line))?.end ?? null;
    const isLivedWith = tolerated.test(line) || tolerated.test(lines[at + 1] ?? "");
    return isInside || isLivedWith || isQuote(line) || notes.some((note) => note.test(line)) ? omitted : line;
  });
}
