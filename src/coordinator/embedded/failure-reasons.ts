/** What this coordinator has a name for (protocol 7.1); every payload lists them under `features`. */
export const failureReasons: readonly string[] = [
  "script_failure",
  "runner_system_failure",
  "job_execution_timeout",
  "image_pull_failure",
  "unknown_failure",
  "runner_configuration_error",
  "runner_external_dependency_failure",
  "runner_interrupted",
];

/** What GitLab stores for a runner's word: none means script_failure, an unknown one unknown_failure. */
export function knownFailureReason(reason: string): string {
  if (reason === "") return "script_failure";
  return failureReasons.includes(reason) ? reason : "unknown_failure";
}
