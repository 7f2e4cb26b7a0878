export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/**
 * Where a span counts. `phase`: one of the steps that a job goes through one after another; together they are its
 * duration. `inner`: a part of the span that is its parent; it may outlive it. `beside`: goes on next to the phases.
 * `outside`: before the job was received, or after its final state was acknowledged.
 */
export type SpanPlace = "phase" | "inner" | "beside" | "outside";

/** One thing that took time. Times are milliseconds with fractions, from the moment the job was received. */
export interface SpanData {
  /** Its place in the job's list. */
  readonly id: number;
  readonly parent: number | null;
  readonly place: SpanPlace;
  readonly name: string;
  /** Negative for what was before the job's receipt. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly outcome: "ok" | "error";
}
