import { AgentError } from "../support/errors.ts";

const PLAIN = /^[A-Za-z0-9_./:@%,+-]+$/;

/**
 * `text` as one argument of a POSIX shell command. Any text comes through unchanged but one with a NUL byte, which no
 * shell can hold: AgentError SCRIPT_NUL.
 */
export function quote(text: string): string {
  if (PLAIN.test(text)) return text;
  if (text.includes("\0")) {
    throw new AgentError("SCRIPT_NUL", "a script line or a variable's value contains a NUL byte", {
      hint: "Shells cannot handle NUL bytes: remove it, or pass the data base64-encoded.",
      audience: "author",
    });
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Several arguments, separated by blanks. */
export function quoteAll(words: readonly string[]): string {
  return words.map(quote).join(" ");
}
