import { stripVTControlCharacters } from "node:util";

const longestLine = 1_000;
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** The lines of an output without terminal sequences, and of each what a terminal would show in the end. */
export function plainLines(text: string): string[] {
  const lines = stripVTControlCharacters(text).split("\n").map(shown);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function shown(line: string): string {
  const ended = line.replace(/\r+$/, "");
  return ended
    .slice(ended.lastIndexOf("\r") + 1)
    .replaceAll(controls, "")
    .slice(0, longestLine);
}
