import { DockerError } from "../docker/errors.ts";
import { type FailureReason, failureReasons } from "../job/failure-reason.ts";
import type { JobOutcome } from "../job/outcome.ts";
import { JobRefusal } from "../job/refusal.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { type EndCause, JobEnd } from "./job-end.ts";
import { StageFailure } from "./stage-failure.ts";

const endSituations: Readonly<Record<EndCause, keyof typeof failureReasons>> = {
  canceled: "canceled",
  aborted: "canceled",
  "job-timeout": "job-timeout",
  "script-timeout": "script-timeout",
  "prepare-timeout": "prepare-timeout",
  "get-sources-timeout": "get-sources-timeout",
  "agent-terminated": "agent-terminated",
};

/** Whose fault it was: any cause as an outcome. Look at the job's signal first: its reason is the cause then. */
export function judge(error: unknown): JobOutcome {
  if (error instanceof JobEnd) return failed(failureReasons[endSituations[error.kind]], error.message, "", 0);
  if (error instanceof StageFailure) {
    return failed(failureReasons[error.situation], error.message, error.hint, error.exitCode);
  }
  if (error instanceof JobRefusal) return failed(error.reason, error.message, error.hint, 0);
  if (error instanceof AgentError) return failed("runner_system_failure", error.message, error.hint, 0);
  if (error instanceof DockerError) return failed("runner_system_failure", error.message, dockerHint(error), 0);
  return failed("runner_system_failure", messageOf(error), "", 0);
}

function failed(reason: FailureReason, message: string, hint: string, exitCode: number): JobOutcome {
  return { state: "failed", reason, message, hint, exitCode };
}

function dockerHint(error: DockerError): string {
  switch (error.kind) {
    case "unreachable":
      return "the runner's Docker daemon is not there: check that it runs, and `host` in [runners.docker] of config.toml";
    case "permission-denied":
      return "the agent's user may not use the Docker socket: run it as root or in the socket's group";
    case "tls":
      return "check `host`, `tls_verify` and `tls_cert_path` in [runners.docker] of config.toml: daemon and agent must both speak TLS, or neither";
    default:
      return "";
  }
}
