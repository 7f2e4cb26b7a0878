import { daemonHint } from "../docker/daemon-hint.ts";
import { DockerError } from "../docker/errors.ts";
import { type FailureReason, failureReasons } from "../job/failure-reason.ts";
import type { JobOutcome } from "../job/outcome.ts";
import { JobRefusal } from "../job/refusal.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import type { EndCause } from "../job/end-cause.ts";
import { JobEnd } from "./job-end.ts";
import { StageFailure } from "./stage-failure.ts";

const endSituations: Readonly<Record<EndCause, keyof typeof failureReasons>> = {
  canceled: "canceled",
  aborted: "canceled",
  "job-timeout": "job-timeout",
  "script-timeout": "script-timeout",
  "prepare-timeout": "prepare-timeout",
  "get-sources-timeout": "get-sources-timeout",
  "agent-terminated": "agent-terminated",
  "daemon-lost": "daemon-lost",
  "log-lost": "agent-fault",
};

/** Whose fault it was: any cause as an outcome. Look at the job's signal first: its reason is the cause then. */
export function judge(error: unknown): JobOutcome {
  if (error instanceof JobEnd) return failed(failureReasons[endSituations[error.kind]], error.message, error.hint, 0);
  if (error instanceof StageFailure) {
    return failed(failureReasons[error.situation], error.message, error.hint, error.exitCode);
  }
  if (error instanceof JobRefusal) return failed(error.reason, error.message, error.hint, 0);
  if (error instanceof AgentError) {
    return failed(
      failureReasons[error.audience === "author" ? "policy-violation" : "agent-fault"],
      error.message,
      error.hint,
      0,
    );
  }
  if (isRefusedContainer(error)) return failed(failureReasons["policy-violation"], messageOf(error), "", 0);
  if (error instanceof DockerError) return failed("runner_system_failure", error.message, daemonHint(error), 0);
  return failed("runner_system_failure", messageOf(error), "", 0);
}

/** The daemon calls what it was asked for nonsense: an option of the job or of config.toml, and it will say so again. */
export function isRefusedContainer(error: unknown): boolean {
  if (!(error instanceof DockerError && error.operation.startsWith("create container"))) return false;
  // An image that is there for another processor is, to the daemon, one that isn't.
  return error.kind === "bad-request" || (error.kind === "not-found" && /specified platform/.test(error.detail));
}

function failed(reason: FailureReason, message: string, hint: string, exitCode: number): JobOutcome {
  return { state: "failed", reason, message, hint, exitCode };
}
