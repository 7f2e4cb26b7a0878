import { quote } from "./quote.ts";

/** Between lines about work that goes on; what takes less time is done without one. */
const INTERVAL_SECONDS = 5;

export interface SlowWork {
  /** Begins the lines while it goes on, e.g. "Creating cache deps". */
  readonly doing: string;
  /** Begins the one at its end. */
  readonly done: string;
  /** A command that prints how many KiB it has come to. */
  readonly soFar: string;
  /** The directory that says at the end what it was in all; shell text. */
  readonly all: string;
  /** Commands to run when it fails, too. */
  readonly atExit?: string;
}

/**
 * Does the work, for a subshell of its own under errexit. If it takes long, the log says every five seconds how far it
 * has come, and at its end what it was in all. The trap for EXIT is its own, and gone when it is done.
 */
export function withProgress({ doing, done, soFar, all, atExit = ":" }: SlowWork, work: readonly string[]): string[] {
  const line = `printf '%s: %s MiB%s, %s s, %s MiB/s\\n'`;
  const figures = (words: string, files: string) =>
    `${line} ${quote(words)} $((_longshore_kib / 1024)) ${files} $_longshore_took $((_longshore_kib / 1024 / _longshore_took))`;
  const stop = `{ kill $_longshore_watch; wait $_longshore_watch; } 2>/dev/null || :`;
  const took = `_longshore_took=$(($(date +%s) - _longshore_from))`;
  return [
    `_longshore_from=$(date +%s)`,
    `{`,
    // Nobody may wait for a sleep that nobody waits for any more: it holds neither the locks nor the log.
    `  while sleep ${String(INTERVAL_SECONDS)} >/dev/null 2>&1 && kill -0 $$; do`,
    `    _longshore_kib=$(${soFar}) || continue`,
    `    ${took}`,
    `    [ "$_longshore_took" -gt 0 ] || _longshore_took=1`,
    `    ${figures(doing, `' so far'`)}`,
    `  done`,
    `} 2>/dev/null 8>&- 9>&- &`,
    `_longshore_watch=$!`,
    `trap ${quote(`${stop}; ${atExit}`)} EXIT`,
    ...work,
    `trap ${quote(atExit)} EXIT`,
    stop,
    took,
    `if [ "$_longshore_took" -ge ${String(INTERVAL_SECONDS)} ]; then`,
    `  _longshore_kib=$(du -sk ${all} | cut -f1)`,
    `  ${figures(done, `" in $(find ${all} ! -type d | wc -l) files"`)}`,
    `fi`,
  ];
}
