import type { EventEmitter } from "node:events";
import type { JobState } from "./job-record.ts";

/** What the embedded coordinator tells whoever watches it, after the fact. */
export interface CoordinatorEventMap {
  "runner-registered": [{ readonly runnerId: number; readonly description: string }];
  "runner-verified": [{ readonly runnerId: number; readonly systemId: string }];
  /** A job request with a current last_update is being held back. */
  "request-held": [{ readonly runnerId: number }];
  /** Handed out (201). */
  "job-assigned": [{ readonly jobId: number; readonly runnerId: number }];
  /** Running: at once, or after the runner's acknowledgement when it announced two_phase_job_commit. */
  "job-started": [{ readonly jobId: number }];
  "job-canceling": [{ readonly jobId: number }];
  "job-finished": [{ readonly jobId: number; readonly state: JobState }];
  "trace-appended": [{ readonly jobId: number; readonly offset: number; readonly bytes: Buffer }];
  /** A 412 was answered: the log starts again from 0. */
  "trace-reset": [{ readonly jobId: number }];
  "artifact-stored": [{ readonly jobId: number; readonly type: string; readonly size: number }];
  /** Somebody asks for the pipeline once more. */
  "pipeline-requested": [];
  /** Any change of a job, after the more particular event. */
  "job-changed": [{ readonly jobId: number }];
  /** One finished exchange; `status` 0 when the connection was cut instead of answered. */
  request: [{ readonly endpoint: string; readonly method: string; readonly path: string; readonly status: number }];
}

export type CoordinatorEvents = EventEmitter<CoordinatorEventMap>;
