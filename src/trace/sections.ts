import { ansi } from "./ansi.ts";

/** The marks around a foldable part of the log (protocol section 8.2). No newline: the heading follows on the same line. */
export function sectionStart(name: string, unixSeconds: number): string {
  return `section_start:${unixSeconds}:${name}\r${ansi.clearLine}`;
}

export function sectionEnd(name: string, unixSeconds: number): string {
  return `section_end:${unixSeconds}:${name}\r${ansi.clearLine}`;
}
