import type { HealthLimits } from "./health.ts";
import type { JobRequestAnswer, MalformedJob, ReceivedJob } from "./job-request.ts";

/** What the poller needs to know of a [[runners]] entry; the caller's own entry has more. */
export interface PollEntry {
  /** The same for the same url and token, across reloads; never shown. */
  readonly key: string;
  /** As it is called in logs and on the status page. */
  readonly name: string;
  /** Most jobs at a time; 0 for no limit. */
  readonly limit: number;
  /** `request_concurrency`: most requests in flight; at least 1. */
  readonly requestConcurrency: number;
  /** FF_USE_ADAPTIVE_REQUEST_CONCURRENCY. */
  readonly adaptiveConcurrency: boolean;
  /** `strict_check_interval`: pause after a job too. */
  readonly strictCheckInterval: boolean;
  readonly health: HealthLimits;
  /**
   * Why the entry may not ask now, for reasons of its own surroundings (a Docker daemon that is gone, a disk that is
   * full), or null. Asked before each question and every few seconds while there is one, so it must be quick. The text
   * goes to log and metric: the same for as long as the reason is.
   */
  readonly obstacle?: () => string | null;
}

/** What a dispatched job may use. */
export interface JobSlot {
  /** CI_CONCURRENT_ID. */
  readonly runnerNumber: number;
  /** CI_CONCURRENT_PROJECT_ID. */
  readonly projectNumber: number;
  /** Aborts at a forced stop: the job must end now. */
  readonly signal: AbortSignal;
}

export type HandedOutJob = ReceivedJob | MalformedJob;

/** What the poller does: it asks and it dispatches. */
export interface PollerWork<E extends PollEntry> {
  /** `longPoll`: the coordinator may hold the request. Rejects only with the signal's reason. */
  requestJob(entry: E, longPoll: boolean, signal: AbortSignal): Promise<JobRequestAnswer>;
  /** Runs the job to its end. Its slot is free again when this settles; it should not reject. */
  dispatch(entry: E, job: HandedOutJob, slot: JobSlot): Promise<void>;
}

/** What happens, for logs and metrics. Nothing here may throw. */
export interface PollerObserver<E extends PollEntry> {
  /** gitlab_runner_worker_feeds_total: a request is made. */
  asked(entry: E): void;
  answered(entry: E, answer: JobRequestAnswer): void;
  /** gitlab_runner_worker_health_check_failures_total. */
  healthCheckFailed(entry: E): void;
  /** Too many of those: no requests until then (milliseconds since the epoch). */
  becameUnhealthy(entry: E, until: number): void;
  /** It may not ask, and why; null: it may again. */
  obstructed(entry: E, reason: string | null): void;
  /** A disabled entry asks again. */
  checkForced(entry: E): void;
  /** gitlab_runner_worker_processing_failures_total: requestJob or dispatch broke its promise. */
  broke(entry: E, error: unknown): void;
}

export type EntryState =
  "asking" | "waiting for a slot" | "pausing" | "backing off" | "at its limit" | "unhealthy" | "obstructed" | "stopped";

/** One entry for /status and the gauges. */
export interface EntryStatus {
  readonly name: string;
  readonly state: EntryState;
  readonly running: number;
  /** gitlab_runner_request_concurrency: requests in flight. */
  readonly asking: number;
  /** gitlab_runner_request_concurrency_hard_limit. */
  readonly hardLimit: number;
  /** gitlab_runner_request_concurrency_adaptive_limit. */
  readonly adaptiveLimit: number;
  /** gitlab_runner_request_concurrency_used_limit. */
  readonly usedLimit: number;
  /** Failures in a row, of any kind. */
  readonly failures: number;
  readonly lastAnswer: { readonly kind: JobRequestAnswer["kind"]; readonly reason: string; readonly at: number } | null;
}
