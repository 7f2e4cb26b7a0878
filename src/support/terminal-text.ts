/* eslint-disable no-control-regex -- control characters are what this file is about */

/**
 * What steers a terminal or makes text look like another: C0 and C1 controls (a C1 CSI needs no escape), marks that turn
 * the direction of writing, a space without width, Unicode's own line breaks. Not those that scripts and emoji need.
 */
const steering =
  "\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u061c\\u200b\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069";
const inLine = new RegExp(`[\\t\\n${steering}]`, "g");
const inText = new RegExp(`(?<colour>\\u001b\\[[\\d;]*m)|[${steering}]`, "g");
const unescaped = new RegExp(`[${steering}]`, "g");

/** Words of others in one line of ours. */
export function singleLine(text: string): string {
  return text.replace(inLine, "?");
}

/** Whole output for a terminal, whoever said what in it: lines, tabs and colours stay. */
export function terminalText(text: string): string {
  return text.replace(inText, (found) => (found.length > 1 ? found : "?"));
}

/** JSON that means the same and can be looked at. */
export function visibleJson(json: string): string {
  return json.replace(unescaped, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Without what a terminal must not get, and nothing in its place. */
export function withoutSteering(text: string): string {
  return text.replace(unescaped, "").replaceAll("\n", "");
}
