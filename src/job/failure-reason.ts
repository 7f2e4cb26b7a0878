/** What GitLab Runner 19.4 says about why a job failed (protocol section 7.1). */
export type FailureReason =
  | "script_failure"
  | "runner_system_failure"
  | "job_execution_timeout"
  | "image_pull_failure"
  | "unknown_failure"
  | "runner_configuration_error"
  | "runner_external_dependency_failure"
  | "runner_interrupted"
  | "job_canceled";

/** How a job can fail, in the words of this agent. */
export type FailureSituation =
  | "script-failed"
  | "sources-failed"
  | "artifacts-failed"
  | "job-timeout"
  | "script-timeout"
  | "prepare-timeout"
  | "get-sources-timeout"
  | "input-interpolation"
  | "agent-fault"
  | "secret-configuration"
  | "secret-dependency"
  | "secret-fault"
  | "image-refused"
  | "registry-unreachable"
  | "image-pull-failed"
  | "policy-violation"
  | "container-fault"
  | "agent-terminated"
  | "daemon-lost"
  | "canceled";

/**
 * The reason for each situation, before it is mapped to what the coordinator knows. "image-refused": not found,
 * denied, unauthorized. "policy-violation": pull policy, image not allowed, bad option.
 */
export const failureReasons: Readonly<Record<FailureSituation, FailureReason>> = {
  "script-failed": "script_failure",
  // The helper's exit code, of a hook of the author's or of git, is to GitLab Runner a script's as any other.
  "sources-failed": "script_failure",
  "artifacts-failed": "script_failure",
  "job-timeout": "job_execution_timeout",
  "script-timeout": "job_execution_timeout",
  "prepare-timeout": "job_execution_timeout",
  "get-sources-timeout": "job_execution_timeout",
  "input-interpolation": "runner_configuration_error",
  "agent-fault": "runner_system_failure",
  "secret-configuration": "runner_configuration_error",
  "secret-dependency": "runner_external_dependency_failure",
  "secret-fault": "runner_system_failure",
  "image-refused": "runner_configuration_error",
  "registry-unreachable": "runner_external_dependency_failure",
  "image-pull-failed": "image_pull_failure",
  "policy-violation": "runner_configuration_error",
  "container-fault": "runner_system_failure",
  "agent-terminated": "runner_interrupted",
  "daemon-lost": "runner_system_failure",
  canceled: "job_canceled",
};

const alwaysKnown: readonly string[] = ["script_failure", "runner_system_failure", "job_execution_timeout"];

/** What an older coordinator knew a reason as before it was split off. */
const broaderReasons: Readonly<Partial<Record<FailureReason, FailureReason>>> = {
  image_pull_failure: "runner_system_failure",
  runner_configuration_error: "script_failure",
  runner_external_dependency_failure: "runner_system_failure",
};

/** The reason as this coordinator knows it; `known` is the job's `features.failure_reasons`. */
export function reportedReason(reason: FailureReason | "", known: readonly string[]): string {
  if (reason === "") return "script_failure";
  if (alwaysKnown.includes(reason) || known.includes(reason)) return reason;
  return broaderReasons[reason] ?? "unknown_failure";
}
