import { describe, expect, it } from "vitest";
import { jobPayload } from "../../../../src/coordinator/embedded/payload.ts";
import type { PipelineContext } from "../../../../src/coordinator/embedded/pipeline-context.ts";
import type { PipelineJob } from "../../../../src/pipeline/pipeline.ts";
import { pipelineJob } from "./pipeline-job.ts";

const context: PipelineContext = {
  pipelineId: 7,
  source: "push",
  createdAt: "2026-01-02T03:04:05.000Z",
  commit: {
    sha: "0123456789abcdef0123456789abcdef01234567",
    parentSha: "f".repeat(40),
    author: { name: "Ada", email: "ada@example.com" },
    message: "Title\n\nMore of it",
    timestamp: "2026-01-01T00:00:00+01:00",
    tag: "",
    objectFormat: "sha1",
  },
  branch: "feature/Ä-1",
  defaultBranch: "main",
  pipelineRef: "refs/pipelines/7",
  projectPath: "group/sub/project",
  serverUrl: "http://172.17.0.1:8929",
  configPath: ".gitlab-ci.yml",
  given: [],
};
const identity = { id: 42, token: "glcbt-x" };
const facts = { dependencies: [], dotenv: {}, cacheKeys: [] };

function payload(job: Partial<PipelineJob> = {}, changes: Partial<PipelineContext> = {}, more = {}) {
  return jobPayload({ ...context, ...changes }, pipelineJob({ name: "unit test", ...job }), identity, {
    ...facts,
    ...more,
  });
}

function variable(parts: ReturnType<typeof payload>, key: string) {
  return parts.variables?.findLast((one) => one.key === key)?.value;
}

const yamlVariable = (key: string, value: string) => ({ key, value, raw: false, file: false });

describe("jobPayload", () => {
  it("has GitLab's predefined variables", () => {
    const parts = payload({ stage: "check", parallel: { index: 2, total: 3 } });
    const expected: Record<string, string> = {
      CI: "true",
      GITLAB_CI: "true",
      CI_COMMIT_SHORT_SHA: "01234567",
      CI_COMMIT_REF_NAME: "feature/Ä-1",
      CI_COMMIT_REF_SLUG: "feature---1",
      CI_COMMIT_TITLE: "Title",
      CI_COMMIT_DESCRIPTION: "More of it",
      CI_COMMIT_AUTHOR: "Ada <ada@example.com>",
      CI_DEFAULT_BRANCH: "main",
      CI_PROJECT_NAME: "project",
      CI_PROJECT_NAMESPACE: "group/sub",
      CI_PROJECT_ROOT_NAMESPACE: "group",
      CI_PROJECT_PATH_SLUG: "group-sub-project",
      CI_SERVER_URL: "http://172.17.0.1:8929",
      CI_SERVER_HOST: "172.17.0.1",
      CI_SERVER_PORT: "8929",
      CI_API_V4_URL: "http://172.17.0.1:8929/api/v4",
      CI_PIPELINE_ID: "7",
      CI_JOB_ID: "42",
      CI_JOB_NAME_SLUG: "unit-test",
      CI_JOB_STAGE: "check",
      CI_NODE_INDEX: "2",
      CI_NODE_TOTAL: "3",
      CI_REPOSITORY_URL: "http://gitlab-ci-token:glcbt-x@172.17.0.1:8929/group/sub/project.git",
      GITLAB_USER_LOGIN: "ada",
    };
    const found = Object.fromEntries(Object.keys(expected).map((key) => [key, variable(parts, key)]));
    expect(found).toEqual(expected);
  });

  it("masks its own token and given secrets, and nothing of the YAML", () => {
    const parts = payload(
      { variables: [yamlVariable("DB_PASSWORD", "example")] },
      { given: [{ key: "NPM_TOKEN", value: "hunter22" }] },
    );
    const masked = parts.variables?.filter((one) => one.masked).map((one) => one.key);
    expect(masked).toEqual(["CI_JOB_TOKEN", "NPM_TOKEN"]);
  });

  it("lets dotenv reports win over the YAML, and given variables over both", () => {
    const job = { variables: [yamlVariable("A", "yaml"), yamlVariable("B", "yaml"), yamlVariable("CI", "yaml")] };
    const parts = payload(job, { given: [{ key: "B", value: "given" }] }, { dotenv: { A: "dotenv", B: "dotenv" } });
    expect(["A", "B", "CI"].map((key) => variable(parts, key))).toEqual(["dotenv", "given", "yaml"]);
  });

  it("makes before_script and script one step, and after_script another one if there is any", () => {
    const parts = payload({ beforeScript: ["a"], script: ["b", "c"], afterScript: ["d"] });
    expect(parts.steps).toMatchObject([
      { name: "script", script: ["a", "b", "c"] },
      { name: "after_script", script: ["d"], when: "always", allow_failure: true },
    ]);
    expect(payload().steps).toHaveLength(1);
  });

  it("fetches the branch and the pipeline's ref with a depth of 20", () => {
    expect(payload().git_info).toMatchObject({
      ref: "feature/Ä-1",
      depth: 20,
      protected: false,
      refspecs: ["+refs/pipelines/7:refs/pipelines/7", "+refs/heads/feature/Ä-1:refs/remotes/origin/feature/Ä-1"],
    });
  });

  it("takes GIT_DEPTH from the job, and fetches all branches and tags with 0", () => {
    expect(payload({ variables: [yamlVariable("GIT_DEPTH", "3")] }).git_info?.depth).toBe(3);
    expect(payload({ variables: [yamlVariable("GIT_DEPTH", "many")] }).git_info?.depth).toBe(20);
    expect(payload({ variables: [yamlVariable("GIT_DEPTH", "0")] }).git_info).toMatchObject({
      depth: 0,
      refspecs: [
        "+refs/pipelines/7:refs/pipelines/7",
        "+refs/heads/*:refs/remotes/origin/*",
        "+refs/tags/*:refs/tags/*",
      ],
    });
  });

  it("sends every report as an artifact of its own, in GitLab's format", () => {
    const artifacts = { name: "out", paths: ["out"], exclude: ["out/*.o"], untracked: false, expireIn: "1 week" };
    const reports = { junit: ["a.xml", "b.xml"], dotenv: ["build.env"], codequality: ["q.json"] };
    const parts = payload({ artifacts: { ...artifacts, when: "on_failure", reports } });
    expect(parts.artifacts).toMatchObject([
      { artifact_type: "archive", artifact_format: "zip", when: "on_failure", exclude: ["out/*.o"] },
      { artifact_type: "junit", artifact_format: "gzip", when: "always", paths: ["a.xml", "b.xml"], name: "junit.xml" },
      { artifact_type: "dotenv", artifact_format: "gzip", name: ".env" },
      { artifact_type: "codequality", artifact_format: "raw" },
    ]);
    const only = payload({ artifacts: { ...artifacts, paths: [], when: "always", reports: { junit: ["a.xml"] } } });
    expect(only.artifacts?.map((one) => one.artifact_type)).toEqual(["junit"]);
  });

  it("carries image, services, caches, hooks and timeout", () => {
    const image = { alias: "", entrypoint: [""], command: null, variables: [], pullPolicy: ["never"] };
    const docker = { platform: "linux/arm64", user: "1000" };
    const parts = payload(
      {
        image: { ...image, name: "node:24", docker },
        services: [{ ...image, name: "redis", alias: "db cache", docker: { platform: "", user: "" } }],
        caches: [
          {
            key: "k",
            keyFiles: [],
            paths: ["c"],
            untracked: false,
            policy: "pull",
            when: "always",
            fallbackKeys: ["other"],
          },
        ],
        hooks: { pre_get_sources_script: ["echo"] },
        timeoutSeconds: 90,
      },
      {},
      { cacheKeys: ["k-non_protected"] },
    );
    expect(parts.image).toMatchObject({ name: "node:24", entrypoint: [""], executor_opts: { docker } });
    expect(parts.services?.[0]).toMatchObject({ name: "redis", alias: "db cache", pull_policy: ["never"] });
    expect(parts.cache).toMatchObject([
      { key: "k-non_protected", policy: "pull", fallback_keys: ["other-non_protected"] },
    ]);
    expect(parts.hooks).toEqual([{ name: "pre_get_sources_script", script: ["echo"] }]);
    expect(parts.runner_info?.timeout).toBe(90);
  });

  it("logs in to the registry that was given, and names the project's image there", () => {
    const given = [
      { key: "CI_REGISTRY", value: "registry.example.com" },
      { key: "CI_REGISTRY_USER", value: "ada" },
      { key: "CI_REGISTRY_PASSWORD", value: "hunter22" },
    ];
    const parts = payload({}, { given });
    expect(variable(parts, "CI_REGISTRY_IMAGE")).toBe("registry.example.com/group/sub/project");
    expect(parts.credentials).toEqual([
      { type: "registry", url: "registry.example.com", username: "ada", password: "hunter22" },
    ]);
    expect(payload().credentials).toEqual([]);
  });

  it("logs in to a registry that was given alone with the job's token, as GitLab's own registry takes it", () => {
    const parts = payload({}, { given: [{ key: "CI_REGISTRY", value: "registry.example.com" }] });
    const token = variable(parts, "CI_JOB_TOKEN");
    expect(token).not.toBe("");
    expect(variable(parts, "CI_REGISTRY_USER")).toBe("gitlab-ci-token");
    expect(parts.credentials).toEqual([
      { type: "registry", url: "registry.example.com", username: "gitlab-ci-token", password: token },
    ]);
  });
});
