/** What runners of tests print around a test and below all of them: marks, headings, sums. */
const marks: readonly RegExp[] = [
  /^\s*(?:#\d+ [\d.]+ )?(?:[✓✔✕✗✘✖×●]|\d+\) |--- (?:PASS|FAIL|SKIP)\b|=== RUN\b|(?:not )?ok \d+ |ok\s+\S+\s+[\d.]+s|(?:PASS|FAIL)(?:[:\s]|$)|(?:PASSED|FAILED) |FAILURES!|Failed example:|Failure\/Error:|E {2,}\S)/,
  /^.{0,200} (?:PASSED|FAILED)$/,
  /^test .{0,200} \.\.\. (?:ok|FAILED|ignored)$/,
  /\b(?:Tests run: |Tests:\s+)\d/,
  /\b\d+ (?:[\w-]{1,20} ){0,3}(?:passed|failed|passing|failing)\b/,
];
/** Not tests: what a build tool says of its own steps. */
const notTests = /^(?:> Task |BUILD |\[ERROR\] Failed to execute goal )/;

/** True for a line that shows that tests ran: what stands beside it, one of them may have said on purpose. */
export function isOfReport(line: string): boolean {
  return !notTests.test(line) && marks.some((mark) => mark.test(line));
}
