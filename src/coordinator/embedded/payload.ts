import type {
  PipelineArtifacts,
  PipelineCache,
  PipelineImage,
  PipelineJob,
  PipelineVariable,
} from "../../pipeline/pipeline.ts";
import { reportTypes } from "./artifact-types.ts";
import { withSuffix } from "./cache-key.ts";
import type { JobIdentity, JobParts, WireJob } from "./job-record.ts";
import type { PipelineContext } from "./pipeline-context.ts";
import { jobVariables, pipelineVariables } from "./predefined-variables.ts";

/** What is known of a job only when it is handed out. */
export interface HandOutFacts {
  readonly dependencies: NonNullable<WireJob["dependencies"]>;
  /** Variables from the dotenv reports of the jobs that it depends on. */
  readonly dotenv: Readonly<Record<string, string>>;
  /** One for each of the job's caches, `key:files` worked in. */
  readonly cacheKeys: readonly string[];
}

type WireVariable = NonNullable<WireJob["variables"]>[number];

/** GitLab's project default. */
const defaultDepth = 20;

/** Names whose values are taken for secrets: GitLab has a switch for that, a command line has none. */
const secretName = /PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY|CREDENTIAL/i;

/** A job of the pipeline as GitLab hands it to a runner (protocol 5). Pure. */
export function jobPayload(
  context: PipelineContext,
  job: PipelineJob,
  identity: JobIdentity,
  facts: HandOutFacts,
): JobParts {
  const variables = allVariables(context, job, identity, facts.dotenv);
  const lastValue = (key: string) => variables.findLast((variable) => variable.key === key)?.value ?? "";
  const slash = context.projectPath.lastIndexOf("/");
  return {
    job_info: {
      name: job.name,
      stage: job.stage,
      pipeline_id: context.pipelineId,
      project_id: 1,
      project_name: context.projectPath.slice(slash + 1),
      project_full_path: context.projectPath,
    },
    git_info: gitInfo(context, identity, lastValue("GIT_DEPTH")),
    variables,
    steps: steps(job),
    inputs: job.inputs.map(({ key, type, value }) => ({ key, value: { type, content: value, sensitive: false } })),
    ...(job.image === null ? {} : { image: image(job.image) }),
    services: job.services.map(image),
    artifacts: job.artifacts === null ? [] : artifacts(job.artifacts),
    cache: job.caches.map((cache, index) =>
      wireCache(cache, facts.cacheKeys[index] ?? cache.key, isProtected(context)),
    ),
    dependencies: facts.dependencies,
    credentials: registryLogin(
      lastValue("CI_REGISTRY"),
      lastValue("CI_REGISTRY_USER"),
      lastValue("CI_REGISTRY_PASSWORD"),
    ),
    hooks: Object.entries(job.hooks)
      .filter(([, script]) => script.length > 0)
      .map(([name, script]) => ({ name, script: [...script] })),
    ...(job.timeoutSeconds === null ? {} : { runner_info: { timeout: job.timeoutSeconds } }),
  };
}

/** In GitLab's order of precedence: predefined, the YAML's, dotenv reports, what the pipeline was started with. */
function allVariables(
  context: PipelineContext,
  job: PipelineJob,
  identity: JobIdentity,
  dotenv: Readonly<Record<string, string>>,
): WireVariable[] {
  const fromYaml = ({ key, value, raw, file }: PipelineVariable) => ({
    key,
    value,
    public: true,
    file,
    masked: false,
    raw,
  });
  const plain = ([key, value]: readonly [string, string]) => ({
    key,
    value,
    public: true,
    file: false,
    masked: false,
    raw: false,
  });
  const hidden = (key: string, value: string, masked: boolean) => ({
    key,
    value,
    public: false,
    file: false,
    masked,
    raw: true,
  });
  const registry = context.given.find((variable) => variable.key === "CI_REGISTRY");
  return [
    ...pipelineVariables(context).map(plain),
    ...jobVariables(context, job, identity).map(plain),
    hidden("CI_JOB_TOKEN", identity.token, true),
    hidden("CI_REPOSITORY_URL", repositoryUrl(context, identity), false),
    hidden("CI_DEPENDENCY_PROXY_USER", "gitlab-ci-token", false),
    ...(registry === undefined
      ? []
      : [
          plain(["CI_REGISTRY_IMAGE", `${registry.value}/${context.projectPath.toLowerCase()}`]),
          plain(["CI_REGISTRY_USER", "gitlab-ci-token"]),
          hidden("CI_REGISTRY_PASSWORD", identity.token, true),
        ]),
    ...job.variables.map(fromYaml),
    ...Object.entries(dotenv).map(([key, value]) => ({ ...plain([key, value]), raw: true })),
    ...context.given.map(({ key, value }) =>
      secretName.test(key) && value.length > 3 ? hidden(key, value, true) : plain([key, value]),
    ),
  ];
}

function repositoryUrl(context: PipelineContext, identity: JobIdentity): string {
  const url = new URL(`${context.serverUrl}/${context.projectPath}.git`);
  url.username = "gitlab-ci-token";
  url.password = identity.token;
  return url.href;
}

/** With depth 0 a job gets every branch and tag, as GitLab has it. */
function gitInfo(context: PipelineContext, identity: JobIdentity, depthText: string): WireJob["git_info"] {
  const depth = /^\d+$/.test(depthText) ? Number(depthText) : defaultDepth;
  const branches =
    depth > 0
      ? [`+refs/heads/${context.branch}:refs/remotes/origin/${context.branch}`]
      : ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  return {
    repo_url: repositoryUrl(context, identity),
    repo_object_format: context.commit.objectFormat,
    ref: context.branch,
    sha: context.commit.sha,
    before_sha: context.commit.parentSha,
    ref_type: "branch",
    refspecs: [`+${context.pipelineRef}:${context.pipelineRef}`, ...branches],
    depth,
    protected: isProtected(context),
  };
}

/** GitLab makes before_script and script one step. */
function steps(job: PipelineJob): WireJob["steps"] {
  const timeout = job.timeoutSeconds ?? 3600;
  const script = {
    name: "script",
    script: [...job.beforeScript, ...job.script],
    timeout,
    when: "on_success",
    allow_failure: false,
  };
  const after = { name: "after_script", script: [...job.afterScript], timeout, when: "always", allow_failure: true };
  return job.afterScript.length === 0 ? [script] : [script, after];
}

function image({ name, alias, entrypoint, command, variables, pullPolicy, docker }: PipelineImage) {
  return {
    name,
    alias,
    ...(entrypoint === null ? {} : { entrypoint: [...entrypoint] }),
    ...(command === null ? {} : { command: [...command] }),
    variables: variables.map(({ key, value, raw, file }) => ({ key, value, public: true, file, masked: false, raw })),
    pull_policy: [...pullPolicy],
    ...(docker.platform === "" && docker.user === "" ? {} : { executor_opts: { docker: { ...docker } } }),
  };
}

/** The archive, and each report as an artifact of its own, uploaded whatever becomes of the job. */
function artifacts(artifacts: PipelineArtifacts): NonNullable<WireJob["artifacts"]> {
  const { name, paths, exclude, untracked, when, expireIn } = artifacts;
  const reports = Object.entries(artifacts.reports).map(([type, files]) => ({
    name: reportTypes[type]?.filename ?? type,
    paths: [...files],
    when: "always",
    artifact_type: type,
    artifact_format: reportTypes[type]?.format ?? "raw",
    expire_in: expireIn,
  }));
  if (paths.length === 0 && !untracked) return reports;
  const archive = { name, untracked, paths: [...paths], exclude: [...exclude], when, expire_in: expireIn };
  return [{ ...archive, artifact_type: "archive", artifact_format: "zip" }, ...reports];
}

function wireCache(cache: PipelineCache, key: string, protectedRef: boolean) {
  const { untracked, policy, when } = cache;
  const fallbacks = cache.fallbackKeys.map((fallback) => withSuffix(fallback, protectedRef));
  return { key, untracked, policy, when, paths: [...cache.paths], fallback_keys: fallbacks };
}

/** GitLab protects the default branch unless told otherwise. */
export function isProtected(context: Pick<PipelineContext, "branch" | "defaultBranch">): boolean {
  return context.branch === context.defaultBranch;
}

function registryLogin(url: string, username: string, password: string): NonNullable<WireJob["credentials"]> {
  return url === "" || username === "" || password === "" ? [] : [{ type: "registry", url, username, password }];
}
