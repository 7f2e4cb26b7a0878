import type { SpanData } from "./span.ts";

/** What is known of a job beside its times; nothing in it is a secret. "" and 0 for what the coordinator didn't say. */
export interface JobFacts {
  readonly id: number;
  readonly name: string;
  readonly stage: string;
  readonly url: string;
  readonly ref: string;
  readonly sha: string;
  readonly projectId: number;
  readonly projectPath: string;
  readonly projectUrl: string;
  readonly pipelineId: number;
  readonly pipelineSource: string;
  readonly pipelineUrl: string;
  readonly runnerId: number;
  readonly runnerName: string;
  readonly systemId: string;
}

/** Where the coordinator wants a job's spans (protocol section 5). */
export interface TracingWish {
  /** 32 hex digits; "" for a trace of its own. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly parentSpanId: string;
  readonly endpoints: readonly { readonly url: string; readonly auth: string }[];
}

/** A job that is over, and what it spent its time on. */
export interface JobReport {
  readonly job: JobFacts;
  readonly tracing: TracingWish | null;
  /** When the job was received, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** From there until its final state was acknowledged. */
  readonly durationMs: number;
  /** "" when the job succeeded. */
  readonly failureReason: string;
  readonly spans: readonly SpanData[];
}
