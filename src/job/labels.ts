const gitlab = "com.gitlab.gitlab-runner";

/** Our own labels: `agent` is the state directory's id, `boot` the start of the agent that made the object, `job` its job. */
export const agentLabel = "dev.longshore.agent";
export const bootLabel = "dev.longshore.boot";
export const jobLabel = "dev.longshore.job";
/** GitLab Runner's: the entry's short token. Jobs of two coordinators may have one number. */
export const runnerLabel = `${gitlab}.runner.id`;

/**
 * `KEY=VALUE` of the labels that all of a job's objects have, and no other job's: agents in containers may have one id,
 * and jobs of two coordinators one number.
 *
 * @param runner short token of the entry that took it
 */
export function ownFilters(agentId: string, boot: string, jobId: number, runner: string): string[] {
  return [`${agentLabel}=${agentId}`, `${bootLabel}=${boot}`, `${jobLabel}=${jobId}`, `${runnerLabel}=${runner}`];
}

export interface LabelFacts {
  readonly jobId: number;
  readonly jobUrl: string;
  readonly sha: string;
  readonly beforeSha: string;
  readonly ref: string;
  readonly timeoutSeconds: number;
  readonly projectId: number;
  readonly projectSlot: number;
  readonly pipelineId: string;
  readonly shortToken: string;
  readonly runnerSlot: number;
  readonly systemId: string;
  readonly agentId: string;
  readonly bootId: string;
}

/** What marks every container, network and volume of a job as ours: GitLab Runner's labels and our own. */
export function jobLabels(facts: LabelFacts, own: Readonly<Record<string, string>>): Record<string, string> {
  return { ...gitlabLabels(facts, own), ...ownLabels(facts) };
}

/**
 * Labels of a container: `container_labels` of config.toml win over GitLab Runner's, never over our own, by which we
 * find what to remove. A service has them under GitLab Runner's prefix as well.
 */
export function containerLabels(
  facts: LabelFacts,
  own: Readonly<Record<string, string>>,
  configured: Readonly<Record<string, string>>,
): Record<string, string> {
  const prefixed = own["type"] === "service" ? withPrefix(configured) : {};
  return { ...gitlabLabels(facts, own), ...configured, ...prefixed, ...ownLabels(facts) };
}

function withPrefix(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${gitlab}.${key}`, value]));
}

function ownLabels(facts: LabelFacts): Record<string, string> {
  return { [agentLabel]: facts.agentId, [bootLabel]: facts.bootId, [jobLabel]: String(facts.jobId) };
}

function gitlabLabels(facts: LabelFacts, own: Readonly<Record<string, string>>): Record<string, string> {
  return {
    [`${gitlab}.job.id`]: String(facts.jobId),
    [`${gitlab}.job.url`]: facts.jobUrl,
    [`${gitlab}.job.sha`]: facts.sha,
    [`${gitlab}.job.before_sha`]: facts.beforeSha,
    [`${gitlab}.job.ref`]: facts.ref,
    [`${gitlab}.job.timeout`]: goDuration(facts.timeoutSeconds),
    [`${gitlab}.project.id`]: String(facts.projectId),
    [`${gitlab}.project.runner_id`]: String(facts.projectSlot),
    [`${gitlab}.pipeline.id`]: facts.pipelineId,
    [runnerLabel]: facts.shortToken,
    [`${gitlab}.runner.local_id`]: String(facts.runnerSlot),
    [`${gitlab}.runner.system_id`]: facts.systemId,
    [`${gitlab}.managed`]: "true",
    ...withPrefix(own),
  };
}

/** Seconds as Go prints a duration: `1h0m0s`, `5m0s`, `30s`. */
export function goDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  return minutes > 0 ? `${minutes}m${rest}s` : `${rest}s`;
}
