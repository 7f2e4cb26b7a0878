/**
 * What a coordinator says about a job in every answer to a trace or state update (protocol sections 6.2 and 7).
 * "abort" comes from Job-Status canceled/failed or a 403, "cancel" from Job-Status canceling.
 */
export type JobSignal = "none" | "cancel" | "abort";

export interface JobAnswer {
  readonly signal: JobSignal;
  /** X-GitLab-Trace-Update-Interval in milliseconds, capped at 15 min; null when absent or not a positive integer. */
  readonly updateIntervalMs: number | null;
}

export interface JobCallFailed {
  readonly kind: "failed";
  readonly reason: string;
  /** The coordinator itself refuses the call (a 4xx that no time will change), rather than being away. Default false. */
  readonly refused?: boolean;
  /** How long it asks to be left alone, in milliseconds; as far as that is heeded. Default 0. */
  readonly retryAfterMs?: number;
}

/** Statuses are data: only an aborted signal makes these calls reject. */
export type PatchTraceAnswer = JobAnswer &
  (
    | { readonly kind: "accepted" }
    /** 416: the coordinator has `size` bytes and wants the log from there. */
    | { readonly kind: "range-mismatch"; readonly size: number }
    | { readonly kind: "not-found" }
    | JobCallFailed
  );

export type UpdateJobAnswer = JobAnswer &
  (
    | { readonly kind: "accepted" }
    /** 202: the state is noted, the log is still being checked; ask again after the interval. */
    | { readonly kind: "not-completed" }
    /** 412: size or checksum of the log differ; send all of it again. */
    | { readonly kind: "trace-rejected" }
    | { readonly kind: "not-found" }
    | JobCallFailed
  );

export interface JobUpdate {
  readonly state: "running" | "success" | "failed";
  /** Already mapped to what the coordinator knows; "" for none. */
  readonly failureReason: string;
  /** 0 is not sent. */
  readonly exitCode: number;
  /** null sends no output fields. */
  readonly output: { readonly checksum: string; readonly bytesize: number } | null;
}

/** What says of a job only that it runs. */
export const runningUpdate = { state: "running", failureReason: "", exitCode: 0, output: null } as const;

/** The calls about one job, with its token bound in. */
export interface JobApi {
  /** `bytes` start at position `offset` of the log and are never empty. */
  patchTrace(offset: number, bytes: Uint8Array, debugTrace: boolean, signal: AbortSignal): Promise<PatchTraceAnswer>;
  updateJob(update: JobUpdate, signal: AbortSignal): Promise<UpdateJobAnswer>;
}
