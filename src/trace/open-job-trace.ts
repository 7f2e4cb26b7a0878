import type { TraceCheckpoint } from "./checkpoint.ts";
import type { JobTraceOptions } from "./job-trace.ts";
import { JobTrace } from "./job-trace.ts";
import { type SpoolOptions, TraceSpool } from "./spool.ts";

export interface OpenJobTraceOptions extends Omit<JobTraceOptions, "spool"> {
  readonly spoolPath: string;
  /** Puts a checkpoint on record before the bytes it speaks of are written; `committedBytes` are in the spool already. */
  readonly recordCheckpoint: (checkpoint: TraceCheckpoint, committedBytes: number) => Promise<void>;
  /** See SpoolOptions. */
  readonly onTrouble?: SpoolOptions["onTrouble"];
  readonly patienceMs?: number;
}

/**
 * A job's log together with its spool, tied so that whatever the coordinator may have got is covered by a checkpoint:
 * killed at any moment, the log goes on with the first raw byte whose output is not in the spool.
 * @throws AgentError TRACE_SPOOL
 */
export async function openJobTrace(options: OpenJobTraceOptions): Promise<{ trace: JobTrace; spool: TraceSpool }> {
  const spool: TraceSpool = await TraceSpool.open(options.spoolPath, {
    truncateTo: options.resume?.spoolBytes ?? 0,
    beforeBatch: () => options.recordCheckpoint(trace.checkpoint(), spool.writtenSize),
    clock: options.clock,
    ...(options.onTrouble === undefined ? {} : { onTrouble: options.onTrouble }),
    ...(options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs }),
  });
  const trace = new JobTrace({ ...options, spool });
  return { trace, spool };
}
