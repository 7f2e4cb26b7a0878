import type { LineStream } from "./numbered-lines.ts";
import type { PrintedLines } from "./read-log.ts";

export interface LineFaults {
  /** Lines that were printed and are not there. */
  readonly lost: number;
  /** Lines that are there more often than they were printed, or that nobody printed. */
  readonly doubled: number;
  /** Lines that stand at another place than they were printed at. */
  readonly misplaced: number;
  /** In words, with the first line that is not right. */
  readonly notes: readonly string[];
}

/**
 * What the script prints against what the log has, stream by stream. `whole`: every line must be there; else a stream
 * may end anywhere, also in the middle of a line. Pure.
 */
export function compareLines(
  expected: ReadonlyMap<LineStream, readonly string[]>,
  { lines, mangled }: PrintedLines,
  whole: boolean,
): LineFaults {
  const sum = { lost: 0, doubled: 0, misplaced: 0 };
  const notes: string[] = [];
  for (const stream of ["O", "E", "A", "M", "H"] as const) {
    const should = expected.get(stream) ?? [];
    const is = lines.get(stream) ?? [];
    const wrongAt = is.findIndex((line, index) => line !== should[index]);
    const isWholeUpToHere = wrongAt === -1 ? is.length : wrongAt;
    if (wrongAt === -1 && (is.length === should.length || !whole)) continue;
    // The end came in the middle of a line.
    if (!whole && wrongAt === is.length - 1 && isBeginning(is[wrongAt] ?? "", should[wrongAt] ?? "")) continue;
    const faults = countFaults(should, is, whole);
    for (const key of ["lost", "doubled", "misplaced"] as const) sum[key] += faults[key];
    notes.push(
      `stream ${stream}: ${is.length} of ${should.length} lines, right up to line ${isWholeUpToHere}, then ` +
        `"${is[isWholeUpToHere]?.slice(0, 60) ?? "nothing"}" in place of "${should[isWholeUpToHere]?.slice(0, 60) ?? "nothing"}"`,
    );
  }
  if (mangled.length > 0 && (whole || mangled.length > 1)) {
    sum.misplaced += mangled.length;
    notes.push(`${mangled.length} lines with something strange in them, such as "${mangled[0]?.slice(0, 120)}"`);
  }
  return { ...sum, notes };
}

/** The first part of a secret, printed alone, is none that a masker could know. */
function isBeginning(line: string, whole: string): boolean {
  const head = /^~M:\d+:/.exec(line)?.[0];
  return whole.startsWith(line) || (head !== undefined && whole.startsWith(head) && !line.endsWith(":end"));
}

function countFaults(should: readonly string[], is: readonly string[], whole: boolean) {
  const left = new Map<string, number>();
  for (const line of should) left.set(line, (left.get(line) ?? 0) + 1);
  let doubled = 0;
  for (const line of is) {
    const count = left.get(line) ?? 0;
    if (count === 0) doubled++;
    else left.set(line, count - 1);
  }
  // Of a log that may end anywhere, only what is missing before its end is lost.
  const there = new Set(is);
  const reach = whole ? should.length : should.findLastIndex((line) => there.has(line)) + 1;
  const lost = should.slice(0, reach).filter((line) => (left.get(line) ?? 0) > 0).length;
  return { lost, doubled, misplaced: lost + doubled === 0 ? 1 : 0 };
}
