import type { JobPayload } from "../coordinator/job-payload.ts";

const defaultTimeoutSeconds = 7200;

/** The job's limit in seconds: `runner_info.timeout`, where 0 or less means two hours (protocol section 5). */
export function jobTimeoutSeconds(payload: Pick<JobPayload, "runner_info">): number {
  const asked = payload.runner_info?.timeout ?? 0;
  return asked > 0 ? asked : defaultTimeoutSeconds;
}
