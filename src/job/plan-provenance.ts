import type { PlanInput } from "./plan-input.ts";
import type { Variables } from "./variables.ts";

/** What a statement about a job's artifacts says of the job (RUNNER_GENERATE_ARTIFACTS_METADATA). */
export interface ProvenancePlan {
  readonly jobId: number;
  readonly jobName: string;
  /** Address of the project, without credentials and `.git`. */
  readonly project: string;
  readonly sha: string;
  readonly runnerId: string;
  readonly runnerName: string;
  readonly architecture: string;
  /** Names of the job's variables. */
  readonly parameters: readonly string[];
  /** Of the runner whose format of statements it is. */
  readonly protocolVersion: string;
  readonly revision: string;
  /** As the coordinator has it; "" when it doesn't say. */
  readonly startedAt: string;
}

/** null when the job asks for none; a warning for a schema that nobody knows. */
export function planProvenance(
  input: PlanInput,
  variables: Variables,
): { readonly plan: ProvenancePlan; readonly warnings: readonly string[] } | null {
  if (!variables.flag("RUNNER_GENERATE_ARTIFACTS_METADATA")) return null;
  const { payload, runner, agent } = input;
  const schema = variables.get("SLSA_PROVENANCE_SCHEMA_VERSION");
  const isKnown = schema === "" || schema === "v1";
  return {
    plan: {
      jobId: payload.id,
      jobName: payload.job_info.name,
      project: withoutLogin(payload.git_info.repo_url).replace(/\.git$/, ""),
      sha: payload.git_info.sha,
      runnerId: variables.get("CI_RUNNER_ID"),
      runnerName: runner.name,
      architecture: agent.architecture,
      parameters: [...new Set(payload.variables.map(({ key }) => key))],
      protocolVersion: agent.protocolVersion,
      revision: agent.revision,
      startedAt: variables.get("CI_JOB_STARTED_AT"),
    },
    warnings: isKnown ? [] : [`Unknown SLSA provenance version ${schema}, defaulting to v1`],
  };
}

function withoutLogin(text: string): string {
  const url = URL.parse(text);
  if (url === null) return text;
  url.username = "";
  url.password = "";
  return url.href;
}
