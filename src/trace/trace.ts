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
  /** Secrets found later than at the start of the job, e.g. a password in a credential. */
  addMask(value: string): void;
}
