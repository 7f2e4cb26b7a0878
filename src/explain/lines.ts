/** A test's report that says what was expected, and a line of a diff (` ---> ` is the classic builder's): quotes, whatever they quote. */
const quote =
  /^\s*(?:E\s+)?(?!-+>)[-+](?![-+>]) ?\S|\b(?:expected|actual|received|got|want)\s*:?\s*["'`]|\bassert(?:ion)?\b|AssertionError/i;

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

/** The commands that were run, oldest first, as the echo shows them. */
export function echoedCommands(lines: readonly string[]): string[] {
  return lines.filter(isEcho).map((line) => line.slice(2));
}

/** A command's first words on stderr may overtake the line on stdout that shows the command. */
const mostOvertaking = 3;
/** A command that may complain and go on all the same: what stands after it is its own. */
const livesWithFailure = /[|;&]|collapsed multi-line|\bset \+e/;

/**
 * What the command printed that ended the script, without empty lines: an earlier one's complaint did not fail the
 * job. The last lines before it count as well when it names docker, or when nothing follows it.
 */
export function lastOutput(lines: readonly string[]): readonly string[] {
  const printed = lines.filter((line) => line.trim() !== "");
  const echo = printed.findLastIndex(isEcho);
  const after = printed.slice(echo + 1);
  if (echo < 0 || (after.length > 0 && !/\bdocker\b/.test(printed[echo] as string))) return after;
  const previous = printed.slice(0, echo).findLast(isEcho) ?? "";
  if (livesWithFailure.test(previous)) return after;
  const before = printed.slice(Math.max(0, echo - mostOvertaking), echo);
  return [...before.slice(before.findLastIndex(isEcho) + 1), ...after];
}

/** True for words that a line repeats rather than says. */
export function isQuote(line: string): boolean {
  return quote.test(line);
}

function isEcho(line: string): boolean {
  return line.startsWith("$ ");
}
