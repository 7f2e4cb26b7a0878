import { rm, stat } from "node:fs/promises";
import type { LogSize } from "./checkpoint.ts";
import { readLogEnd } from "./limited-log.ts";
import { RingFile } from "./ring-file.ts";
import { TraceSpool } from "./spool.ts";

/** Where the end of a log is kept that exceeds its limit: beside its spool. */
export function tailPath(spoolPath: string): string {
  return `${spoolPath}.tail`;
}

/** How much of a job's log is on disk. `spoolBytes`: size of the spool, where that is known. */
export async function leftLogSize(spoolPath: string, spoolBytes: number): Promise<LogSize> {
  return { spoolBytes, tailBytes: await RingFile.sizeOf(tailPath(spoolPath)) };
}

/**
 * Ends the log of a job that an earlier run of the agent left behind, whose last words are on disk or are given here:
 * puts the end of a log that exceeds its limit behind the head. Doing it again changes nothing.
 *
 * @throws AgentError TRACE_SPOOL
 */
export async function closeLeftLog(spoolPath: string, lastWords = ""): Promise<void> {
  const ring = await openRing(spoolPath);
  if (ring === null) {
    await using spool = disposable(await TraceSpool.open(spoolPath));
    await appendOnce(spool.log, lastWords);
    return;
  }
  const openFile = () => Promise.resolve(ring);
  await using tail = disposable(await TraceSpool.open(tailPath(spoolPath), { openFile, checksummed: false }));
  await appendOnce(tail.log, lastWords);
  await using spool = disposable(await TraceSpool.open(spoolPath, { truncateTo: ring.cut.headBytes }));
  if (tail.log.size > 0) await spool.log.append(await readLogEnd(tail.log, ring.cut));
  await spool.log.drain();
}

/** What comes after the cut, when the log has come to that: its place is made before the last of the head is written. */
async function openRing(spoolPath: string): Promise<RingFile | null> {
  const ring = await RingFile.open(tailPath(spoolPath));
  const spool = await stat(spoolPath).catch(() => ({ size: 0 }));
  if (ring === null || spool.size >= ring.cut.headBytes) return ring;
  await ring.close();
  await rm(tailPath(spoolPath));
  return null;
}

/** A start that was killed after it had said them did not say so on record. */
async function appendOnce(log: TraceSpool, lastWords: string): Promise<void> {
  const words = Buffer.from(lastWords);
  const end = await log.read(Math.max(0, log.size - words.length), words.length);
  if (!end.equals(words)) await log.append(words);
  await log.drain();
}

function disposable(log: TraceSpool) {
  return { log, [Symbol.asyncDispose]: () => log.close() };
}
