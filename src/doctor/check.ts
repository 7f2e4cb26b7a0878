/** What came of a check. "skip": it was not made, because another one failed or it doesn't apply. */
export type Verdict = "pass" | "warn" | "fail" | "skip";

export interface Outcome {
  readonly verdict: Verdict;
  /** What was found, in one sentence without a full stop. */
  readonly finding: string;
  /** A line of a file or a command to copy, with the words it needs; "" when nothing is to be done. */
  readonly fix: string;
}

/** One thing that is checked, by doing it. */
export interface Check<C> {
  /** Stable: part of the JSON output. */
  readonly name: string;
  /** Checks that must not have failed or been left out; they stand before this one in the list. */
  readonly needs: readonly string[];
  /** Milliseconds. */
  readonly limitMs: number;
  /** Rejections are failures of the check; an AgentError's hint is their fix. */
  run(context: C, signal: AbortSignal): Promise<Outcome>;
  /** What it means when the limit is over; by default that it took too long. */
  readonly whenLate?: (context: C) => Outcome;
}

export interface CheckResult extends Outcome {
  readonly name: string;
  readonly seconds: number;
}

export const pass = (finding: string): Outcome => ({ verdict: "pass", finding, fix: "" });
export const skip = (finding: string): Outcome => ({ verdict: "skip", finding, fix: "" });
export const warn = (finding: string, fix: string): Outcome => ({ verdict: "warn", finding, fix });
export const fail = (finding: string, fix: string): Outcome => ({ verdict: "fail", finding, fix });
