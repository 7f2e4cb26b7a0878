import { failureReasons } from "./failure-reasons.ts";
import type { CoordinatorSettings } from "./exchange.ts";
import type { JobRecord, WireJob } from "./job-record.ts";
import type { RunnerRecord } from "./runner-store.ts";

/** GitLab's project default: one hour. */
const defaultTimeoutSeconds = 3600;

/**
 * The body of the 201: what the job's author gave, and what GitLab always sends beside it. Pure. Without git_info
 * the job has no sources to fetch, and says so with GIT_STRATEGY=none.
 */
export function completePayload(
  job: Pick<JobRecord, "id" | "token" | "build">,
  runner: Pick<RunnerRecord, "id" | "maximumTimeout" | "description" | "tags">,
  settings: Pick<CoordinatorSettings, "externalUrl">,
  startedAt: number,
): WireJob {
  const parts = job.build({ id: job.id, token: job.token });
  const asked = parts.runner_info?.timeout ?? defaultTimeoutSeconds;
  const timeout = runner.maximumTimeout > 0 ? Math.min(asked, runner.maximumTimeout) : asked;
  return {
    allow_git_fetch: true,
    steps: [],
    services: [],
    artifacts: [],
    cache: [],
    credentials: [],
    dependencies: [],
    features: { trace_sections: true, token_mask_prefixes: ["glpat-"], failure_reasons: [...failureReasons] },
    ...parts,
    id: job.id,
    token: job.token,
    job_info: {
      name: `job ${job.id}`,
      stage: "test",
      pipeline_id: 1,
      project_id: 1,
      project_name: "project",
      project_full_path: "root/project",
      ...parts.job_info,
    },
    git_info: parts.git_info ?? noSources(settings.externalUrl, job.token),
    runner_info: { timeout },
    variables: [
      ...(parts.git_info === undefined ? [plain("GIT_STRATEGY", "none")] : []),
      plain("CI_JOB_ID", String(job.id)),
      { key: "CI_JOB_TOKEN", value: job.token, public: false, file: false, masked: true, raw: false },
      plain("CI_JOB_TIMEOUT", String(timeout)),
      plain("CI_JOB_STARTED_AT", new Date(startedAt).toISOString().replace(/\.\d+/, "")),
      plain("CI_RUNNER_ID", String(runner.id)),
      plain("CI_RUNNER_DESCRIPTION", runner.description),
      plain("CI_RUNNER_TAGS", JSON.stringify(runner.tags)),
      ...(parts.variables ?? []),
    ],
  };
}

function plain(key: string, value: string) {
  return { key, value, public: true, file: false, masked: false, raw: false };
}

function noSources(externalUrl: string, token: string): WireJob["git_info"] {
  const url = new URL("/root/project.git", externalUrl);
  url.username = "gitlab-ci-token";
  url.password = token;
  const sha = "0".repeat(40);
  return {
    repo_url: url.href,
    repo_object_format: "sha1",
    ref: "main",
    sha,
    before_sha: sha,
    ref_type: "branch",
    refspecs: ["+refs/heads/main:refs/remotes/origin/main"],
    depth: 20,
    protected: false,
  };
}
