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
  const ring = await RingFile.open(tailPath(spoolPath));
  if (ring === null) {
    await using spool = disposable(await TraceSpool.open(spoolPath));
    await spool.log.append(Buffer.from(lastWords));
    await spool.log.drain();
    return;
  }
  const openFile = () => Promise.resolve(ring);
  await using tail = disposable(await TraceSpool.open(tailPath(spoolPath), { openFile, checksummed: false }));
  await tail.log.append(Buffer.from(lastWords));
  await tail.log.drain();
  await using spool = disposable(await TraceSpool.open(spoolPath, { truncateTo: ring.cut.headBytes }));
  await spool.log.append(await readLogEnd(tail.log, ring.cut));
  await spool.log.drain();
}

function disposable(log: TraceSpool) {
  return { log, [Symbol.asyncDispose]: () => log.close() };
}
