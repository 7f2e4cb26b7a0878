import type { PipelineJob } from "../../pipeline/pipeline.ts";

/** Whether a failed job is tried again: attempts left, and reason or exit code among those that `retry` names. Pure. */
export function shouldRetry(
  retry: PipelineJob["retry"],
  attempts: number,
  failure: { readonly reason: string; readonly exitCode: number },
): boolean {
  if (attempts > retry.max) return false;
  if (retry.when.length === 0 && retry.exitCodes.length === 0) return true;
  if (retry.exitCodes.includes(failure.exitCode)) return true;
  return retry.when.some((when) => when === "always" || when === failure.reason || isStuck(when, failure.reason));
}

/** GitLab's one name for two of its reasons. */
function isStuck(when: string, reason: string): boolean {
  return when === "stuck_or_timeout_failure" && reason === "job_execution_timeout";
}

/** Whether a failure of this job counts as none. Pure. */
export function isFailureAllowed(allowFailure: PipelineJob["allowFailure"], exitCode: number): boolean {
  return typeof allowFailure === "boolean" ? allowFailure : allowFailure.includes(exitCode);
}
