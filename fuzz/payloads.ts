import * as fc from "fast-check";
import { spoiled, strangeJson } from "./strange-json.ts";
import { hostileText } from "./texts.ts";

const text = hostileText(
  [
    "/",
    "..",
    "$CI_PROJECT_DIR",
    "${A}",
    "$A",
    "%2e%2e",
    "docker:dind",
    "alpine",
    "registry.test:5000/a",
    "@sha256:",
    ":",
    "*",
    "**",
    "{a,b}",
    "tcp://docker:2375",
    "1h",
    "true",
    "-1",
    "cache",
    "on_success",
    "zip",
    "gzip",
    "raw",
    "https://x.test/a/b.git",
    "refs/heads/main",
    "0",
    "9999999999999999999",
  ],
  { longest: 20_000, pieces: 4 },
);
const short = fc.oneof(fc.constantFrom("", "a", "x".repeat(300)), text);
const flag = fc.boolean();
const number = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 2 ** 53 - 1));
const texts = fc.array(short, { maxLength: 3 });
const variableKeys = fc.constantFrom(
  "A",
  "CI_DEBUG_TRACE",
  "GIT_STRATEGY",
  "GIT_DEPTH",
  "GIT_CLONE_PATH",
  "GIT_CLEAN_FLAGS",
  "GIT_FETCH_EXTRA_FLAGS",
  "GIT_SUBMODULE_STRATEGY",
  "GIT_SUBMODULE_PATHS",
  "GIT_SUBMODULE_DEPTH",
  "GIT_CONFIG_COUNT",
  "CACHE_FALLBACK_KEY",
  "DOCKER_AUTH_CONFIG",
  "DOCKER_HOST",
  "DOCKER_TLS_CERTDIR",
  "RUNNER_SCRIPT_TIMEOUT",
  "RUNNER_AFTER_SCRIPT_TIMEOUT",
  "AFTER_SCRIPT_IGNORE_ERRORS",
  "GET_SOURCES_ATTEMPTS",
  "ARTIFACT_COMPRESSION_LEVEL",
  "CACHE_COMPRESSION_LEVEL",
  "FF_NETWORK_PER_BUILD",
  "FF_TIMESTAMPS",
  "RUNNER_TEMP_PROJECT_DIR",
  "CI_PROJECT_DIR",
  "CI_BUILDS_DIR",
  "TRANSFER_METER_FREQUENCY",
  "no_proxy",
  "PATH",
  "$",
  "*",
  "",
  "=",
  "a b",
  "../../x",
  "__proto__",
);
const variable = fc.record({
  key: fc.oneof(variableKeys, short),
  value: text,
  public: flag,
  file: flag,
  masked: flag,
  raw: flag,
});
const variables = fc.array(variable, { maxLength: 4 });
const image = fc.record(
  {
    name: short,
    alias: short,
    command: texts,
    entrypoint: texts,
    ports: fc.array(fc.record({ number, protocol: short, name: short }), { maxLength: 2 }),
    variables,
    pull_policy: fc.array(fc.constantFrom("always", "never", "if-not-present", "x"), { maxLength: 2 }),
    executor_opts: fc.record({ docker: fc.record({ platform: short, user: fc.oneof(short, number) }) }),
  },
  { requiredKeys: ["name"] },
);
const when = fc.constantFrom("on_success", "on_failure", "always", "", "x");

const wellFormed = fc.record(
  {
    id: fc.integer({ min: 1 }),
    token: fc.constant("64-job-token"),
    allow_git_fetch: flag,
    job_info: fc.record(
      {
        name: short,
        stage: short,
        pipeline_id: number,
        project_id: number,
        project_name: short,
        project_full_path: short,
      },
      { requiredKeys: [] },
    ),
    git_info: fc.record(
      {
        repo_url: fc.oneof(
          short,
          text.map((path) => `https://ci:pw@gitlab.test/${path}.git`),
        ),
        repo_object_format: fc.constantFrom("", "sha1", "sha256", "x"),
        ref: short,
        sha: short,
        before_sha: short,
        ref_type: short,
        refspecs: texts,
        depth: number,
        protected: flag,
      },
      { requiredKeys: [] },
    ),
    runner_info: fc.record({ timeout: number }),
    variables,
    steps: fc.array(
      fc.record({
        name: fc.constantFrom("script", "after_script", "release", "x"),
        script: texts,
        timeout: number,
        when,
        allow_failure: flag,
      }),
      { maxLength: 3 },
    ),
    image,
    services: fc.array(image, { maxLength: 2 }),
    artifacts: fc.array(
      fc.record(
        {
          name: short,
          untracked: flag,
          paths: texts,
          exclude: texts,
          when,
          artifact_type: short,
          artifact_format: short,
          expire_in: short,
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
    cache: fc.array(
      fc.record(
        {
          key: short,
          untracked: flag,
          policy: fc.constantFrom("pull", "push", "pull-push", "", "x"),
          paths: texts,
          when,
          fallback_keys: texts,
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
    credentials: fc.array(
      fc.record({ type: fc.constantFrom("registry", "x"), url: short, username: short, password: short }),
      { maxLength: 2 },
    ),
    dependencies: fc.array(
      fc.record(
        { id: number, token: short, name: short, artifacts_file: fc.record({ filename: short, size: number }) },
        { requiredKeys: ["id"] },
      ),
      { maxLength: 2 },
    ),
    hooks: fc.array(fc.record({ name: fc.constantFrom("pre_get_sources_script", "x"), script: texts }), {
      maxLength: 2,
    }),
    run: fc.constantFrom("", "[]"),
    secrets: fc.constantFrom(null, {}),
    features: fc.record(
      { trace_sections: flag, token_mask_prefixes: texts, failure_reasons: texts },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ["id", "token", "job_info", "git_info"] },
);

/** Payloads of jobs; in a share of them everything has the right type. As JSON gives them. */
export function payloads(wellFormedShare: number): fc.Arbitrary<unknown> {
  const percent = Math.round(100 * wellFormedShare);
  return fc.oneof(
    { weight: percent, arbitrary: wellFormed },
    { weight: 100 - percent, arbitrary: fc.oneof({ weight: 10, arbitrary: spoiled(wellFormed) }, strangeJson) },
  );
}
