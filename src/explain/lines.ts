/** A test's report that says what was expected, and a line of a diff (` ---> ` is the classic builder's): quotes, whatever they quote. */
const quote =
  /^\s*(?:E\s+)?(?!-+>)[-+](?![-+>]) ?\S|\b(?:expected|actual|received|got|want)\s*:?\s*["'`]|\bassert(?:ion|ing)?\b|\bexpect\(|AssertionError/i;

/** The last line that matches, the commands that the script echoed (`$ command`) left out: those are the author's own words. */
export function lastMatch(lines: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] as string;
    if (isEcho(line)) continue;
    const match = pattern.exec(line);
    if (match !== null) return match;
  }
  return null;
}

/** The last line that all of the patterns match, in whatever order; null for none. Echoed commands are left out. */
export function lastLineWith(lines: readonly string[], patterns: readonly RegExp[]): string | null {
  return lines.findLast((line) => !isEcho(line) && patterns.every((pattern) => pattern.test(line))) ?? null;
}

/** The commands that were run, oldest first, as the echo shows them. */
export function echoedCommands(lines: readonly string[]): string[] {
  return lines.filter(isEcho).map((line) => line.slice(2));
}

/** True for words that a line repeats rather than says. */
export function isQuote(line: string): boolean {
  return quote.test(line);
}

/** True for the line with which the runner shows a command before it runs. */
export function isEcho(line: string): boolean {
  return line.startsWith("$ ");
}
