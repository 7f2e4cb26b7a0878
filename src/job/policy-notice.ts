import type { JobPayload } from "../coordinator/job-payload.ts";

/** What GitLab Runner says of a job that a pipeline execution policy has brought: whose variables count. */
export function policyNotices({ policy_options: policy }: Pick<JobPayload, "policy_options">): string[] {
  if (policy?.execution_policy_job !== true) return [];
  const job = `Job triggered by policy "${policy.policy_name}".`;
  const allowed = policy.policy_variables_override_allowed ?? null;
  if (allowed === null) {
    return [
      job,
      "Variables defined in the policy take precedence over matching user-defined CI/CD variables for this job.",
    ];
  }
  const exceptions = policy.policy_variables_override_exceptions ?? null;
  const except = exceptions === null ? "" : ` (except for ${exceptions.join(", ")})`;
  return [
    job,
    `User-defined CI/CD variables are ${allowed ? "allowed" : "ignored"} in this job${except} according to the policy.`,
  ];
}
