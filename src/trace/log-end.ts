import { ansi } from "./ansi.ts";
import { sectionEnd, sectionStart } from "./sections.ts";

/** How much of the end of a log is shown that exceeds its limit. */
export const longestTailBytes = 256 * 1024;

/** Where a log was cut because it reached its limit. */
export interface LogCut {
  /** Size of the log up to there, with the notice. */
  readonly headBytes: number;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Names of the sections that were open. */
  readonly sections: readonly string[];
}

/** `section_start:…:name[options]` or `section_end:…:name`. */
const sectionMark = /section_(start|end):\d+:([\w.-]+)/g;

/**
 * What follows the notice of a log that was cut: how much is left out, then its end, from the beginning of a line where
 * there is one. Of the same bytes the same always comes: some of it may be with the coordinator already.
 *
 * @param bytes the last of what came after the cut, masked and whole but for their beginning
 * @param leftOut how much came between
 */
export function logEnd({ at, sections }: LogCut, bytes: Buffer, leftOut: number): Buffer {
  const skipped = leftOut === 0 ? 0 : firstWhole(bytes);
  const tail = bytes.subarray(skipped);
  const isOpen = openAtBeginning(tail, sections, leftOut === 0);
  const ends = sections.filter((name) => !isOpen.includes(name)).reverse();
  const starts = isOpen.filter((name) => !sections.includes(name));
  const left = leftOut + skipped;
  const text =
    left === 0 ? "The rest of the log:" : `${left} bytes of the log are left out here. Its last ${tail.length} bytes:`;
  return Buffer.concat([
    Buffer.from(ends.map((name) => `${sectionEnd(name, at)}\n`).join("")),
    Buffer.from(`${ansi.boldYellow}${text}${ansi.reset}\n`),
    Buffer.from(starts.map((name) => `${sectionStart(name, at)}\n`).join("")),
    tail,
  ]);
}

/** The position after the first line break; without one, of the first whole character. */
function firstWhole(bytes: Buffer): number {
  const lineEnd = bytes.indexOf("\n");
  if (lineEnd !== -1 && lineEnd + 1 < bytes.length) return lineEnd + 1;
  let position = 0;
  while (position < 3 && ((bytes[position] ?? 0) & 0xc0) === 0x80) position++;
  return position;
}

/** Sections that end in the tail and don't begin there; those of the cut too that do neither. */
function openAtBeginning(tail: Buffer, atCut: readonly string[], isWhole: boolean): string[] {
  if (isWhole) return [...atCut];
  const first = new Map<string, string>();
  for (const [, kind = "", name = ""] of tail.toString("latin1").matchAll(sectionMark)) {
    if (!first.has(name)) first.set(name, kind);
  }
  return [...first].filter(([, kind]) => kind === "end").map(([name]) => name);
}
