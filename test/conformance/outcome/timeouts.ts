import type { Case } from "../case.ts";
import { after, long, trapped, upload } from "./long-script.ts";
import { project } from "./project.ts";

/** Limits in time. */
export const timeoutCases: readonly Case[] = [
  {
    title: "the job's timeout ends everything, without after_script and uploads",
    job: { script: ["touch file", ...long], afterScript: after, timeout: 4, parts: { artifacts: upload("always") } },
    observed: {
      state: "failed",
      failureReason: "job_execution_timeout",
      log: [/ERROR: Job failed: execution took longer than 4s seconds\s*$/],
      absent: [/^after:/m],
      artifacts: [],
    },
  },
  {
    title: "RUNNER_SCRIPT_TIMEOUT ends the script, and leaves time for after_script and uploads",
    job: {
      script: ["touch file", ...long],
      afterScript: after,
      variables: { RUNNER_SCRIPT_TIMEOUT: "3s" },
      parts: { artifacts: upload("on_failure") },
    },
    observed: {
      state: "failed",
      failureReason: "job_execution_timeout",
      log: ["\nafter: timedout\n"],
      artifacts: ["archive a.zip"],
    },
  },
  {
    title: "a script that RUNNER_SCRIPT_TIMEOUT ends may trap TERM",
    job: { script: long, variables: { RUNNER_SCRIPT_TIMEOUT: "2s" } },
    observed: { state: "failed", failureReason: "job_execution_timeout", log: ["\ntold to end\n"] },
    differs: trapped,
  },
  {
    title: "RUNNER_AFTER_SCRIPT_TIMEOUT ends after_script, and the job stays as it was",
    job: { script: ["true"], afterScript: long, variables: { RUNNER_AFTER_SCRIPT_TIMEOUT: "1s500ms" } },
    observed: { log: [/WARNING: after_script failed, but job will continue unaffected: /] },
  },
  {
    title: "script timeouts that are malformed, negative or longer than the job's are warned of",
    job: {
      script: ["sleep 0.1"],
      afterScript: ["true"],
      variables: { RUNNER_SCRIPT_TIMEOUT: "soon", RUNNER_AFTER_SCRIPT_TIMEOUT: "-5m" },
    },
    observed: {
      log: [
        "WARNING: Ignoring malformed RUNNER_SCRIPT_TIMEOUT timeout: soon",
        "WARNING: Ignoring relative RUNNER_AFTER_SCRIPT_TIMEOUT timeout: -5m",
      ],
    },
  },
  {
    title: "a script timeout longer than the job's is that of the job",
    job: { script: ["true"], timeout: 60, variables: { RUNNER_SCRIPT_TIMEOUT: "2m" } },
    observed: { log: ["RUNNER_SCRIPT_TIMEOUT timeout: 2m is longer than job timeout. Setting to job timeout"] },
  },
  {
    title: "prepare_timeout of config.toml ends a job that takes too long to prepare",
    config: { settings: 'prepare_timeout = "1ms"' },
    job: { script: ["echo never"], afterScript: ["echo never"] },
    observed: {
      state: "failed",
      failureReason: "job_execution_timeout",
      log: [/ERROR: Job failed: prepare timeout: exceeded timeout of /],
      absent: ["\nnever\n"],
    },
    differs: "not before 19.0",
  },
  {
    title: "get_sources_timeout of config.toml ends a job whose sources take too long, its tries together",
    config: { settings: 'get_sources_timeout = "1s"' },
    job: project.of({
      script: ["echo never"],
      afterScript: ["echo never"],
      parts: { hooks: [{ name: "pre_get_sources_script", script: ["sleep 100"] }], artifacts: upload("always") },
    }),
    observed: {
      state: "failed",
      failureReason: "job_execution_timeout",
      log: [/ERROR: Job failed: get sources timeout: exceeded timeout of 1s/],
      absent: ["\nnever\n"],
      artifacts: [],
    },
    differs: "not before 19.1",
  },
  {
    title: "stage limits of config.toml beyond the job's own don't count",
    config: { settings: 'prepare_timeout = "3h"\nget_sources_timeout = "3h"' },
    job: { script: ["echo it runs"] },
    observed: { log: ["\nit runs\n"] },
  },
  {
    title: "numbers of attempts beyond 1 to 10 are warned of, and made the nearest",
    job: {
      script: ["true"],
      variables: {
        GET_SOURCES_ATTEMPTS: "0",
        ARTIFACT_DOWNLOAD_ATTEMPTS: "11",
        RESTORE_CACHE_ATTEMPTS: "many",
        EXECUTOR_JOB_SECTION_ATTEMPTS: "-1",
      },
    },
    observed: {
      log: [
        /WARNING: GET_SOURCES_ATTEMPTS/,
        /WARNING: ARTIFACT_DOWNLOAD_ATTEMPTS/,
        /WARNING: RESTORE_CACHE_ATTEMPTS/,
        /WARNING: EXECUTOR_JOB_SECTION_ATTEMPTS/,
      ],
    },
    differs: "before 19.1 such a number of a stage fails the job, as an error of the runner's system",
  },
];
