/** A line that runners of tests write of one test: TAP, mocha and node, jest, pytest, go, cargo, xunit; also as buildkit shows it. */
const ofTest =
  /^\s*(?:#\d+ [\d.]+ +)?(?:[|✔✓√✗✖✕×●]|E {2}|(?:not )?ok\b|PASS(?:ED)?\b|FAIL(?:ED|URES?)?\b|--- (?:PASS|FAIL|SKIP)\b|\d+\)\s|\S+_test\.go:\d+: |test \S+ \.\.\. |(?=\S.{2,500} (?:PASSED|FAILED|ERROR)\b)\S*?::)/;
/** What cargo's tests printed. */
const blockBegin = /^---- \S.{0,300} stdout ----$/;
const blockEnd = /^(?:failures:|test result: )/;
const failed =
  /^\s*(?:#\d+ [\d.]+ +)?(?:[✗✖✕●]|not ok\b|FAIL(?:ED|URES?)?\b|--- FAIL\b)|(?<![\w.:])[1-9]\d{0,6} (?:of \d{1,7} )?(?:tests? )?fail(?:ed|ing|ures?)\b|\bFailures: [1-9]/;

/** Without lines of a report: they tell of what tests are about, or of what they lived with. */
export function withoutTestReports(lines: readonly string[]): readonly string[] {
  let isInside = false;
  return lines.filter((line) => {
    if (blockBegin.test(line)) isInside = true;
    else if (blockEnd.test(line)) isInside = false;
    return !isInside && !ofTest.test(line);
  });
}

/** True where a report says that tests failed: that is why a command ended then. */
export function hasFailedTests(lines: readonly string[]): boolean {
  return lines.some((line) => failed.test(line));
}
