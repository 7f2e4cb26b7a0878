import type { Rule } from "../rule.ts";
import { findLine, lineOf, ownLines } from "./ending.ts";

/**
 * How a carriage return shows that Windows left at the end of a line. Where a program prints it as it is, a terminal
 * goes back to the line's beginning: only what follows is left of the message.
 */
const signs: readonly RegExp[] = [
  /^\S{0,40}env: [^\w/]{0,3}(?<program>[\w/.+-]+)\\r[^\w]{0,3}: No such file or directory$/,
  /(?<![\w/.+-])(?<program>[\w/.+-]+)\^M: bad interpreter: No such file or directory$/,
  /\$'\\r': command not found$/,
  /^': No such file or directory$/,
  /^: (?:command )?not found$/,
  /^\S*sh: (?:line )?\d+: set: (?:Illegal option )?-?\S*\^?\r?: invalid option$/,
];

/** `#!/bin/bash\r`: the kernel looks for a program whose name ends in a carriage return. */
export const crlfLineEndings: Rule = {
  name: "crlf-line-endings",
  of: "failed",
  explain: (evidence) => {
    const exitCode = evidence.failure?.exitCode ?? null;
    if (exitCode === null) return null;
    const match = findLine(ownLines(evidence, 12), exitCode === 126 || exitCode === 127 ? signs : signs.slice(0, 3));
    if (match === null) return null;
    return {
      cause:
        "a script has Windows line endings (CRLF), and its shell takes the carriage return for a part of each command",
      seen: lineOf(match),
      author:
        "commit it with LF: `*.sh text eol=lf` in .gitattributes, then `git add --renormalize .`; here and now: sed -i 's/\\r$//' FILE",
      admin: "",
    };
  },
};
