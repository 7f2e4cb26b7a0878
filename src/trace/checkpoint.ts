import type { StamperState } from "./timestamps.ts";
import type { TraceSource } from "./trace.ts";

/** Bytes of a container's two streams, as the daemon's copy of them counts. */
export interface StreamPosition {
  readonly stdout: number;
  readonly stderr: number;
}

/**
 * Where a job's log stands: the first `spoolBytes` of the spool, and the first `tailBytes` of what comes after the cut of
 * a log that reached its limit, are what became of the first `consumed` raw bytes of
 * each source (counted from the start of the job, before any masking). JSON-serialisable; kept in the journal.
 */
export interface TraceCheckpoint {
  readonly spoolBytes: number;
  /** Missing for a log that is not cut. */
  readonly tailBytes?: number;
  readonly consumed: Readonly<Record<TraceSource, number>>;
  /** How far each source was when the trace was last flushed: what came before has no influence on what comes. */
  readonly flushed: Readonly<Record<TraceSource, number>>;
  /**
   * Bytes of each source that were held back, where there were any: they may have been the beginning of a secret. Missing in
   * checkpoints of older agents.
   */
  readonly held?: Readonly<Partial<Record<TraceSource, number>>>;
  /** How much of each service's output is in the log (CI_DEBUG_SERVICES), by the name of its container. */
  readonly services?: Readonly<Record<string, StreamPosition>>;
  /** Only with timestamps on. */
  readonly stampers: Readonly<Partial<Record<TraceSource, StamperState>>>;
}

/** What an agent that starts anew finds of a job's log. */
export interface LogSize {
  readonly spoolBytes: number;
  /** null for a log that is not cut. */
  readonly tailBytes: number | null;
}

/** True when all that a checkpoint speaks of is there. */
export function isCovered({ spoolBytes, tailBytes }: TraceCheckpoint, size: LogSize): boolean {
  if (spoolBytes > size.spoolBytes) return false;
  return tailBytes === undefined || (size.tailBytes !== null && tailBytes <= size.tailBytes);
}

/** Bytes of a log, on either side of its cut. */
export function logBytes({ spoolBytes, tailBytes }: Pick<TraceCheckpoint, "spoolBytes" | "tailBytes">): number {
  return spoolBytes + (tailBytes ?? 0);
}
