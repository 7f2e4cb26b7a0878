/** How often what fails is done: 1 to 10, the first try included. */
export interface Attempts {
  readonly getSources: number;
  readonly restoreCache: number;
  readonly downloadArtifacts: number;
  /** Runs of a stage whose container vanishes (EXECUTOR_JOB_SECTION_ATTEMPTS); missing in plans of older agents. */
  readonly jobSection?: number;
  /** Longer and longer pauses between tries (FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY). */
  readonly backOff: boolean;
}
