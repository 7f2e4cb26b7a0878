import type { Explanation } from "./explain.ts";

const longestSeen = 200;

/**
 * What is said before the log's last line: the cause, or else the hint that came with the failure; then what is worth
 * knowing beside it. One finding is never more than five lines.
 *
 * @param hint what to change, as far as the failure itself knows it; "" for nothing
 */
export function closingReport(hint: string, explanations: readonly Explanation[]): string[] {
  const cause = explanations.find(({ isCause }) => isCause);
  const advice = explanations.find(({ isCause }) => !isCause);
  const first = cause === undefined ? (hint === "" ? [] : [`What to do: ${hint}`]) : linesOf(cause);
  return advice === undefined ? first : [...first, ...linesOf(advice)];
}

function linesOf({ rule, isCause, cause, seen, author, admin }: Explanation): string[] {
  return [
    `${isCause ? "Why it failed" : "Worth knowing"}: ${cause} [${rule}]`,
    `  seen: ${shortened(seen)}`,
    ...(author === "" ? [] : [`  in the job: ${author}`]),
    ...(admin === "" ? [] : [`  on the runner: ${admin}`]),
    `  more: docs/troubleshooting.md#${rule}`,
  ];
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  return line.length > longestSeen ? `${line.slice(0, longestSeen)}…` : line;
}
