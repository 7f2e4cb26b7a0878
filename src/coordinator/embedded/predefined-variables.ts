import type { PipelineJob } from "../../pipeline/pipeline.ts";
import type { JobIdentity } from "./job-record.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import { slug } from "./slug.ts";

/** Name and value, in GitLab's order of precedence: later ones win. */
export type VariableList = readonly (readonly [key: string, value: string])[];

/** The GitLab whose protocol this coordinator speaks, for CI_SERVER_VERSION. */
const serverVersion = "19.4.0";

/**
 * GitLab's predefined variables that are known when a pipeline is created: those that `rules` can see. Pure.
 * Secrets are not among them.
 */
export function pipelineVariables(context: PipelineContext): VariableList {
  return [
    ["CI", "true"],
    ["GITLAB_CI", "true"],
    ["GITLAB_FEATURES", ""],
    ...serverVariables(context.serverUrl),
    ...projectVariables(context),
    ...commitVariables(context),
    ["CI_PIPELINE_ID", String(context.pipelineId)],
    ["CI_PIPELINE_IID", String(context.pipelineId)],
    ["CI_PIPELINE_SOURCE", context.source],
    ["CI_PIPELINE_CREATED_AT", context.createdAt],
    ["CI_PIPELINE_URL", `${context.serverUrl}/${context.projectPath}/-/pipelines/${context.pipelineId}`],
    ["GITLAB_USER_ID", "1"],
    ["GITLAB_USER_LOGIN", loginOf(context.commit.author.email)],
    ["GITLAB_USER_NAME", context.commit.author.name],
    ["GITLAB_USER_EMAIL", context.commit.author.email],
  ];
}

function serverVariables(serverUrl: string): VariableList {
  const url = new URL(serverUrl);
  const protocol = url.protocol.replace(":", "");
  const port = url.port || (protocol === "https" ? "443" : "80");
  const [major = "", minor = "", patch = ""] = serverVersion.split(".");
  return [
    ["CI_SERVER", "yes"],
    ["CI_SERVER_URL", serverUrl],
    ["CI_SERVER_HOST", url.hostname],
    ["CI_SERVER_FQDN", url.host],
    ["CI_SERVER_PORT", port],
    ["CI_SERVER_PROTOCOL", protocol],
    ["CI_SERVER_NAME", "GitLab"],
    ["CI_SERVER_VERSION", serverVersion],
    ["CI_SERVER_VERSION_MAJOR", major],
    ["CI_SERVER_VERSION_MINOR", minor],
    ["CI_SERVER_VERSION_PATCH", patch],
    ["CI_SERVER_REVISION", ""],
    ["CI_API_V4_URL", `${serverUrl}/api/v4`],
  ];
}

function projectVariables(context: PipelineContext): VariableList {
  const { projectPath, serverUrl } = context;
  const slash = projectPath.lastIndexOf("/");
  const namespace = projectPath.slice(0, slash);
  const name = projectPath.slice(slash + 1);
  return [
    ["CI_PROJECT_ID", "1"],
    ["CI_PROJECT_NAME", name],
    ["CI_PROJECT_TITLE", name],
    ["CI_PROJECT_DESCRIPTION", ""],
    ["CI_PROJECT_PATH", projectPath],
    ["CI_PROJECT_PATH_SLUG", slug(projectPath)],
    ["CI_PROJECT_NAMESPACE", namespace],
    ["CI_PROJECT_NAMESPACE_SLUG", slug(namespace)],
    ["CI_PROJECT_NAMESPACE_ID", "1"],
    ["CI_PROJECT_ROOT_NAMESPACE", namespace.split("/")[0] ?? ""],
    ["CI_PROJECT_URL", `${serverUrl}/${projectPath}`],
    ["CI_PROJECT_VISIBILITY", "private"],
    ["CI_PROJECT_REPOSITORY_LANGUAGES", ""],
    ["CI_DEFAULT_BRANCH", context.defaultBranch],
    ["CI_CONFIG_PATH", context.configPath],
  ];
}

function commitVariables({ commit, branch, defaultBranch }: PipelineContext): VariableList {
  const [title = "", ...rest] = commit.message.split("\n");
  return [
    ["CI_COMMIT_SHA", commit.sha],
    ["CI_COMMIT_SHORT_SHA", commit.sha.slice(0, 8)],
    ["CI_COMMIT_BEFORE_SHA", commit.parentSha],
    ["CI_COMMIT_REF_NAME", branch],
    ["CI_COMMIT_REF_SLUG", slug(branch)],
    ["CI_COMMIT_BRANCH", branch],
    ["CI_COMMIT_REF_PROTECTED", String(branch === defaultBranch)],
    ["CI_COMMIT_MESSAGE", commit.message],
    ["CI_COMMIT_TITLE", title],
    ["CI_COMMIT_DESCRIPTION", rest.join("\n").trim()],
    ["CI_COMMIT_TIMESTAMP", commit.timestamp],
    ["CI_COMMIT_AUTHOR", `${commit.author.name} <${commit.author.email}>`],
  ];
}

/** Those that differ from job to job. CI_JOB_TOKEN and CI_REPOSITORY_URL, which hold the token, are not among them. */
export function jobVariables(context: PipelineContext, job: PipelineJob, identity: JobIdentity): VariableList {
  const url = `${context.serverUrl}/${context.projectPath}/-/jobs/${identity.id}`;
  return [
    ["CI_JOB_ID", String(identity.id)],
    ["CI_JOB_URL", url],
    ["CI_JOB_NAME", job.name],
    ["CI_JOB_NAME_SLUG", slug(job.name)],
    ["CI_JOB_GROUP_NAME", job.baseName],
    ["CI_JOB_STAGE", job.stage],
    ["CI_NODE_TOTAL", String(job.parallel?.total ?? 1)],
    ...(job.parallel === null ? [] : ([["CI_NODE_INDEX", String(job.parallel.index)]] as const)),
    ...(job.when === "manual" ? ([["CI_JOB_MANUAL", "true"]] as const) : []),
    ...(job.image === null ? [] : ([["CI_JOB_IMAGE", job.image.name]] as const)),
  ];
}

function loginOf(email: string): string {
  return email.split("@")[0] ?? "";
}
