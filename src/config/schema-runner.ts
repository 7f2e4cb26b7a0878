import { z } from "zod";
import { boolean, booleanMap, date, duration, integer, list, map, maybeTable, opaque, table, text } from "./keys.ts";
import { cacheSchema } from "./schema-cache.ts";
import { dockerSchema } from "./schema-docker.ts";

const identityKeys = {
  name: text("Shown in job logs and messages.", { env: "RUNNER_NAME" }),
  url: text("The coordinator; `$VAR` is taken from the agent's environment.", {
    env: "CI_SERVER_URL",
    example: '"https://gitlab.example.com"',
  }),
  id: integer("The runner's id at the coordinator; written by `register`.", { flag: null }),
  token: text(
    "Runner authentication token; `$VAR` is taken from the agent's environment. An entry without it is skipped.",
    {
      env: "CI_SERVER_TOKEN",
      example: '"glrt-xxxxxxxxxxxxxxxxxxxx"',
      secret: true,
    },
  ),
  token_obtained_at: date("Written by `register` and `reset-token`."),
  token_expires_at: date("Written by `register` and `reset-token`; absent for never."),
  "tls-ca-file": text("CA certificates (PEM) trusted for the coordinator, beside the system's.", {
    env: "CI_SERVER_TLS_CA_FILE",
  }),
  "tls-cert-file": text("Client certificate (PEM) for the coordinator.", { env: "CI_SERVER_TLS_CERT_FILE" }),
  "tls-key-file": text("Its private key (PEM).", { env: "CI_SERVER_TLS_KEY_FILE" }),
};

const pollKeys = {
  limit: integer("Jobs at once on this entry; 0 for no limit but `concurrent`."),
  request_concurrency: integer("Job requests at once.", { value: 1 }),
  strict_check_interval: boolean("Wait `check_interval` after a job was received, too."),
  unhealthy_requests_limit: integer("Consecutive refusals (403) after which the entry is paused.", { value: 3 }),
  unhealthy_interval: duration("How long it is paused.", { value: 3_600_000 }),
  job_status_final_update_retry_limit: integer(
    "Tries to report a job's final state while the job holds its slot; then it is reported on without one.",
    {
      value: 10,
      env: "RUNNER_job_status_final_update_retry_limit",
    },
  ),
};

const jobKeys = {
  executor: text("Only `docker`. Entries with another executor are reported and left alone.", { example: '"docker"' }),
  shell: text("`bash` or `sh`: the image's bash, else its sh. Entries with another one are reported and left alone.", {
    value: "bash",
  }),
  builds_dir: text("Absolute path of builds in the container.", { value: "/builds" }),
  cache_dir: text("Absolute path of the local cache in the container.", { value: "/cache" }),
  clone_url: text("Replaces scheme and host of the repository's URL.", { env: "CLONE_URL" }),
  environment: list("Variables for every job, as `KEY=value`; the job's own win.", { flag: "env", env: "RUNNER_ENV" }),
  output_limit: integer("Largest job log; of a longer one its end is shown, too.", { unit: "kilobytes", value: 4096 }),
  pre_get_sources_script: text("Commands run before sources are fetched."),
  post_get_sources_script: text("Commands run after sources are fetched."),
  pre_build_script: text("Commands run before the job's script."),
  post_build_script: text("Commands run after the job's script."),
  prepare_timeout: duration("Limit of the preparation; 0 or longer than the job's timeout: no limit of its own.", {
    defaultText: "the job's timeout",
    example: '"10m"',
  }),
  get_sources_timeout: duration("Limit of fetching sources; 0 or longer than the job's timeout: no limit of its own.", {
    defaultText: "the job's timeout",
    example: '"10m"',
  }),
  debug_trace_disabled: boolean("Forbid `CI_DEBUG_TRACE` and `CI_DEBUG_SERVICES`."),
  safe_directory_checkout: boolean("Tell git that the job's directory is safe.", { value: true }),
  clean_git_config: boolean("Remove git configuration, hooks and locks before and after a job.", { value: true }),
  proxy_exec: boolean("Accepted and not used: scripts may name secrets by `::add-mask::` in any case."),
  step_runner_image: text("Accepted and not used.", { env: "STEP_RUNNER_IMAGE" }),
  use_slot_cgroups: boolean("One cgroup parent per slot."),
  slot_cgroup_template: text("Name of that cgroup.", { value: "gitlab-runner/slot-${slot}" }),
  labels: map("Labels of this runner, merged with the global ones.", { flag: null }),
};

const artifactSchema = {
  upload_timeout: duration("Limit of one try of an upload; 0 for none.", { value: 3_600_000, flag: null }),
  response_header_timeout: duration("Limit of the wait for the coordinator's answer once all is sent; 0 for none.", {
    value: 600_000,
    flag: null,
  }),
};

export const runnerSchema = z.object({
  ...identityKeys,
  ...pollKeys,
  ...jobKeys,
  feature_flags: booleanMap("GitLab Runner's feature flags; they win over job variables.", { env: "FEATURE_FLAGS" }),
  custom_build_dir: table("Build directories of a job's choice.", {
    enabled: boolean("Allow `GIT_CLONE_PATH`.", { value: true, env: "CUSTOM_BUILD_DIR_ENABLED" }),
  }),
  artifact: table("Uploads of artifacts.", artifactSchema),
  docker: maybeTable("The docker executor.", dockerSchema),
  cache: maybeTable("The store of `cache:` archives.", cacheSchema),
  monitoring: opaque("Job queuing durations; accepted and not used."),
  referees: opaque("Metrics referee; accepted and not used."),
  experimental: opaque("Experimental features of GitLab Runner; accepted and not used."),
  instance: opaque("Instance executor; accepted and not used."),
  machine: opaque("docker+machine executor; accepted and not used."),
  autoscaler: opaque("docker-autoscaler executor; accepted and not used."),
  ssh: opaque("ssh executor; accepted and not used."),
  parallels: opaque("parallels executor; accepted and not used."),
  virtualbox: opaque("virtualbox executor; accepted and not used."),
  kubernetes: opaque("kubernetes executor; accepted and not used."),
  custom: opaque("custom executor; accepted and not used."),
});

/** One `[[runners]]` entry as written, with the defaults that depend on nothing else. */
export type RunnerEntry = z.output<typeof runnerSchema>;
