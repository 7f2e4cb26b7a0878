import { nameParts } from "./job-variables.ts";
import type { LabelFacts } from "./labels.ts";
import type { PlanInput } from "./plan-input.ts";
import type { Variables } from "./variables.ts";

export function labelFacts(input: PlanInput, variables: Variables, timeoutSeconds: number): LabelFacts {
  const { payload, agent, slot } = input;
  const pipelineId = payload.job_info.pipeline_id;
  return {
    jobId: payload.id,
    jobUrl: variables.get("CI_JOB_URL"),
    sha: payload.git_info.sha,
    beforeSha: payload.git_info.before_sha,
    ref: payload.git_info.ref,
    timeoutSeconds,
    projectId: payload.job_info.project_id,
    projectSlot: slot.project,
    pipelineId: pipelineId > 0 ? String(pipelineId) : variables.get("CI_PIPELINE_ID"),
    shortToken: nameParts(input).shortToken,
    runnerSlot: slot.runner,
    systemId: agent.systemId,
    agentId: agent.agentId,
    bootId: agent.bootId,
  };
}

/** `container_labels` of config.toml, variables expanded. */
export function configuredLabels(input: PlanInput, variables: Variables): Record<string, string> {
  const labels = Object.entries(input.runner.docker.container_labels);
  return Object.fromEntries(labels.map(([key, value]) => [key, variables.expand(value)]));
}

/**
 * Protected refs get volumes of their own, and so do jobs with a cache key that GitLab marked `-protected`. Of
 * CI_COMMIT_REF_PROTECTED only the first value counts: later ones are overrides by the job's author.
 */
export function isProtected(input: PlanInput): boolean {
  if (input.payload.cache.some((entry) => entry.key.endsWith("-protected"))) return true;
  return isProtectedRef(input);
}

/** What the coordinator alone says: a cache key may be the job's author's word. */
export function isProtectedRef(input: PlanInput): boolean {
  const { git_info: git, variables } = input.payload;
  if (git.protected !== null && git.protected !== undefined) return git.protected;
  const sent = variables.find((variable) => variable.key === "CI_COMMIT_REF_PROTECTED")?.value.toLowerCase();
  return sent === "true" || sent === "t" || sent === "1";
}
