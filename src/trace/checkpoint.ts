import type { StamperState } from "./timestamps.ts";
import type { TraceSource } from "./trace.ts";

/**
 * Where a job's log stands: the first `spoolBytes` of the spool are what became of the first `consumed` raw bytes of
 * each source (counted from the start of the job, before any masking). JSON-serialisable; kept in the journal.
 */
export interface TraceCheckpoint {
  readonly spoolBytes: number;
  readonly consumed: Readonly<Record<TraceSource, number>>;
  /** How far each source was when the trace was last flushed: what came before has no influence on what comes. */
  readonly flushed: Readonly<Record<TraceSource, number>>;
  /** Only with timestamps on. */
  readonly stampers: Readonly<Partial<Record<TraceSource, StamperState>>>;
}
