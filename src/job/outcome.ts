import { type FailureReason, reportedReason } from "./failure-reason.ts";

/** How a job ended, as the agent sees it. */
export type JobOutcome =
  | { readonly state: "success" }
  | {
      readonly state: "failed";
      readonly reason: FailureReason;
      /** 0 when no exit code says it. */
      readonly exitCode: number;
      readonly message: string;
      /** What to change; "" when there is nothing to say. */
      readonly hint: string;
    };

/** The final update for a coordinator that knows these reasons (protocol section 7.1). */
export function finalUpdate(outcome: JobOutcome, knownReasons: readonly string[]) {
  if (outcome.state === "success") return { state: "success", failureReason: "", exitCode: 0 } as const;
  const failureReason = reportedReason(outcome.reason, knownReasons);
  return { state: "failed", failureReason, exitCode: outcome.exitCode } as const;
}

/** The last line of the log. Only `runner_system_failure` is called a system failure, as GitLab Runner does. */
export function closingLine(outcome: JobOutcome): string {
  if (outcome.state === "success") return "Job succeeded";
  const kind = outcome.reason === "runner_system_failure" ? "Job failed (system failure)" : "Job failed";
  return `${kind}: ${outcome.message}`;
}
