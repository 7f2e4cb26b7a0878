import type { Evidence } from "../evidence.ts";
import { lastCommand } from "../last-command.ts";
import type { Rule } from "../rule.ts";
import { findLine, lastLines, lineOf, nothingRan, ownLines } from "./ending.ts";

/** A program that is there, and can't be started for want of another one. */
const signs: readonly RegExp[] = [
  /^\S{0,40}env: [^\w/]{0,3}(?<wanted>[\w.+-]+)[^\w]{0,3}: No such file or directory$/,
  /^\S{0,40}env: can't execute '(?<wanted>[\w.+-]+)': No such file or directory$/,
  /(?<![^\s:])(?<program>[^\s:]+): (?<wanted>\/[\w/.+-]+): bad interpreter: No such file or directory$/,
  /(?<![^\s:])(?<program>[^\s:]+): cannot execute: required file not found$/,
];
/** The same as a container's last words. */
const ofContainer: readonly RegExp[] = [
  /^exec (?<program>\/\S+): no such file or directory$/,
  /standard_init_linux\.go:\d+: exec user process caused:? "?no such file or directory"?/,
];

/** The `#!` line of a script, or the loader of a binary, names a file that the image doesn't have. */
export const interpreterMissing: Rule = {
  name: "interpreter-missing",
  of: "failed",
  explain: (evidence) => {
    const match = find(evidence);
    if (match === null) return null;
    const wanted = match.groups?.["wanted"];
    const program = match.groups?.["program"] ?? "a script";
    return {
      cause:
        wanted === undefined
          ? `${program} is there, but not what it is run by: the program of its #! line, or the loader of a binary made for another libc`
          : `${program} is to be run by ${wanted}, which is not in the image`,
      seen: lineOf(match),
      author:
        wanted === undefined
          ? `begin it with #!/bin/sh, save it with LF line endings, or use an image with what it wants (Alpine has no glibc)`
          : `use an image with ${wanted}, install it in before_script:, or begin the script with #!/bin/sh`,
      admin: "",
    };
  },
};

function find(evidence: Evidence): RegExpExecArray | null {
  const exitCode = evidence.failure?.exitCode ?? null;
  if (exitCode === null) return null;
  const isStart = nothingRan(evidence) || exitCode === 126 || exitCode === 127 || exitCode === 255;
  const ofStart = isStart ? findLine(lastLines(evidence, 5), ofContainer) : null;
  if (ofStart !== null || (exitCode !== 126 && exitCode !== 127)) return ofStart;
  // `env A=1 tool`: it is a command that was not found.
  const isCalled = /(?:^|\s)env\s/.test(lastCommand(evidence.output).command);
  return findLine(ownLines(evidence, 12), isCalled ? signs.slice(2) : signs);
}
