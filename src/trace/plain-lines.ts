import { stripVTControlCharacters } from "node:util";

const longestLine = 1_000;
/** Of a line with terminal sequences; looking for the end of one takes the square of what comes after it. */
const longestRawLine = 8 * longestLine;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** The lines of an output without terminal sequences, and of each what a terminal would show in the end. */
export function plainLines(text: string): string[] {
  const lines = text.split("\n").map(shown);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function shown(line: string): string {
  // Not by /\r+$/, which takes the square of a run of them.
  let end = line.length;
  while (end > 0 && line[end - 1] === "\r") end--;
  const last = line.slice(line.lastIndexOf("\r", end - 1) + 1, end).slice(0, longestRawLine);
  return stripVTControlCharacters(last).replaceAll(controls, "").slice(0, longestLine);
}
