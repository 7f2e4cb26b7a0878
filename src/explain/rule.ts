import type { Evidence } from "./evidence.ts";

/** Why a job failed, or what it loses without failing, and what to do about it. Sentences without a full stop. */
export interface Finding {
  /** What is wrong, in one sentence that holds for this job. */
  readonly cause: string;
  /** What it was concluded from: a line of the log, or a state that was looked at. */
  readonly seen: string;
  /** What the job's author can change; "" when it is not theirs to change. */
  readonly author: string;
  /** What the runner's admin can change; "" when it is not theirs to change. */
  readonly admin: string;
}

/** One thing that goes wrong. */
export interface Rule {
  /** Stable, kebab-case: shown with the finding, label of the metric, anchor in docs/troubleshooting.md. */
  readonly name: string;
  /** Of which jobs it speaks: "failed", or "any" for what costs a job something though it succeeds. */
  readonly of: "failed" | "any";
  /** null: this is not it. Silence is right wherever there is doubt. */
  readonly explain: (evidence: Evidence) => Finding | null;
}
