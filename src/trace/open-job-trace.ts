import { rm } from "node:fs/promises";
import type { TraceCheckpoint } from "./checkpoint.ts";
import type { JobTraceOptions } from "./job-trace-options.ts";
import { JobTrace } from "./job-trace.ts";
import { RingFile } from "./ring-file.ts";
import { type SpoolOptions, TraceSpool } from "./spool.ts";
import { tailPath } from "./left-log.ts";

export interface OpenJobTraceOptions extends Omit<JobTraceOptions, "spool" | "resumedTail"> {
  readonly spoolPath: string;
  /** Puts a checkpoint on record before the bytes it speaks of are written; `committedBytes` of the log are on disk already. */
  readonly recordCheckpoint: (checkpoint: TraceCheckpoint, committedBytes: number) => Promise<void>;
  /** See SpoolOptions. */
  readonly onTrouble?: SpoolOptions["onTrouble"];
  readonly patienceMs?: number;
}

export interface OpenJobTrace {
  readonly trace: JobTrace;
  readonly spool: TraceSpool;
  /** Closes the files. @throws AgentError TRACE_SPOOL */
  readonly close: () => Promise<void>;
}

/**
 * A job's log together with its spool, tied so that whatever the coordinator may have got is covered by a checkpoint:
 * killed at any moment, the log goes on with the first raw byte whose output is not on disk.
 * @throws AgentError TRACE_SPOOL
 */
export async function openJobTrace(options: OpenJobTraceOptions): Promise<OpenJobTrace> {
  const { resume, clock, onTrouble, patienceMs } = options;
  const path = tailPath(options.spoolPath);
  let tail: TraceSpool | null = null;
  const disk = { clock, ...(onTrouble && { onTrouble }), ...(patienceMs === undefined ? {} : { patienceMs }) };
  /** Of the moment at which the place for the tail was made. */
  let cutCheckpoint: TraceCheckpoint | null = null;
  const isCommitted = ({ spoolBytes }: TraceCheckpoint) => spool.writtenSize >= spoolBytes;
  const record = async (checkpoint: TraceCheckpoint) => {
    await trace.masksRecorded;
    const committed = isCommitted(checkpoint) ? checkpoint.spoolBytes + (tail?.writtenSize ?? 0) : spool.writtenSize;
    await options.recordCheckpoint(checkpoint, committed);
  };
  const spool: TraceSpool = await TraceSpool.open(options.spoolPath, {
    ...disk,
    truncateTo: resume?.spoolBytes ?? 0,
    beforeBatch: async () => {
      // At this moment it fits the batch; what is awaited below may take a while.
      const checkpoint = cutCheckpoint === null || isCommitted(cutCheckpoint) ? trace.checkpoint() : cutCheckpoint;
      const beginning = trace.tailBeginning;
      if (beginning !== null) {
        // First of all: once the head is on disk somebody may have it, and then this checkpoint must hold.
        trace.useTail(await spoolOf(await RingFile.create(path, beginning)));
        cutCheckpoint = checkpoint;
      }
      await record(checkpoint);
    },
  });
  const spoolOf = async (ring: RingFile, size = Infinity) => {
    tail = await TraceSpool.open(path, {
      ...disk,
      openFile: () => Promise.resolve(ring),
      checksummed: false,
      truncateTo: size,
      beforeBatch: async () => {
        const checkpoint = trace.checkpoint();
        // What stands before it in the log is on disk first.
        await spool.drain();
        await record(checkpoint);
      },
    });
    return tail;
  };
  const left = resume?.tailBytes === undefined ? null : await RingFile.open(path);
  if (left === null) await rm(path, { force: true });
  const resumedTail = left && { tail: await spoolOf(left, resume?.tailBytes ?? 0), cut: left.cut };
  const trace: JobTrace = new JobTrace({ ...options, spool, ...(resumedTail && { resumedTail }) });
  return {
    trace,
    spool,
    close: async () => {
      const closed = await Promise.allSettled([spool.close(), tail?.close()]);
      for (const each of closed) if (each.status === "rejected") throw each.reason;
    },
  };
}
