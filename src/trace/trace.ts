/** Where bytes of a job's log come from: the agent itself, the script's two streams, a service container. */
export type TraceSource = "executor" | "stdout" | "stderr" | "service";

/**
 * The log of one job, as the executor sees it. Every implementation masks, stamps and limits what it gets, and
 * resolves only when the bytes are in the spool (or held back because a secret may just have begun): a caller that
 * awaits it reads no faster than the disk writes.
 */
export interface Trace {
  write(source: TraceSource, bytes: Uint8Array): Promise<void>;
  /** Lets go of what is held back: the end of a stage's output. */
  flush(): Promise<void>;
  /** A line of the agent's own, without colour; the newline is added. */
  line(text: string): Promise<void>;
  /** Bold green, as GitLab Runner's headings. */
  info(text: string): Promise<void>;
  /** Bold cyan: what a stage is called. */
  heading(text: string): Promise<void>;
  /** Yellow, with `WARNING: ` in front. */
  warning(text: string): Promise<void>;
  /** Bold red, with `ERROR: ` in front. */
  error(text: string): Promise<void>;
  /** Runs `body` inside a section, whose end is written however the body ends. Without the job feature trace_sections only the body runs. */
  section<T>(name: string, body: () => Promise<T>): Promise<T>;
  /** As `section`, for one whose beginning is in the log already. */
  openSection<T>(name: string, body: () => Promise<T>): Promise<T>;
  /** Raw bytes of a source that were taken so far, as `TraceCheckpoint.consumed` counts them; to be asked after a `flush`. */
  consumed(source: TraceSource): number;
  /**
   * After a resume and before the first `write` of the source: raw bytes of it once more, so that a secret that began
   * before the checkpoint and ends after it is still seen whole. They start at position `from` of the source's counter;
   * what lies before the last flush or behind the checkpoint is passed over.
   */
  replay(source: TraceSource, from: number, bytes: Uint8Array): void;
  /** Secrets found later than at the start of the job; the caller sees to it that a later start of the agent finds them, too. */
  addMask(value: string): void;
  /** A secret that nothing on record holds. Hidden from now on; resolves when a later start of the agent would hide it, too. */
  learnSecret(value: string): Promise<void>;
}
