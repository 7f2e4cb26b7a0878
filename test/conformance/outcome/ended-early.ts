import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { project } from "./project.ts";

/** Says when it is there, and when it is asked to end. */
const long = ["trap 'echo told to end; exit 1' TERM", "echo it runs", "while :; do sleep 0.1; done"];
const after = ["echo after: $CI_JOB_STATUS"];
const upload = (when: string) => [
  { name: "a", paths: ["file"], when, artifact_type: "archive", artifact_format: "zip" },
];

/** Limits in time. */
export const timeoutCases: readonly Case[] = [
  {
    title: "the job's timeout ends everything, without after_script and uploads",
    job: { script: ["touch file", ...long], afterScript: after, timeout: 4, parts: { artifacts: upload("always") } },
    observed: {
      state: "failed",
      failureReason: "job_execution_timeout",
      log: [/ERROR: Job failed: execution took longer than 4s seconds\n$/],
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
      log: ["\ntold to end\n", "\nafter: timedout\n"],
      artifacts: ["archive a.zip"],
    },
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
  },
];

/** Cancelled by a user. */
export const cancelCases: readonly Case[] = [
  {
    title: "a cancel stops the script with TERM, runs after_script, and uploads what is wanted of a failed job",
    prove: async (world) => {
      const job = await world.start({
        script: ["touch file", ...long],
        afterScript: after,
        parts: { artifacts: upload("on_failure") },
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).toContain("script canceled externally (UI, API)");
      expect(log).toMatch(/\ntold to end\n[^]*\nafter: canceled\n/);
      expect(job.artifacts).toHaveLength(1);
    },
  },
  {
    title: "a cancel saves the caches that are wanted of a failed job",
    prove: async (world) => {
      const job = await world.start({
        script: ["mkdir kept; touch kept/file", ...long],
        parts: { cache: [{ key: "canceled", paths: ["kept"], when: "always" }] },
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(log).toMatch(/Saving cache for failed job\n[^]*kept: found 2 matching/);
    },
  },
  {
    title: "a cancel reaches the whole process tree of the script",
    prove: async (world) => {
      const child = "trap 'echo child told; exit' TERM; echo child runs; while :; do sleep 0.1; done";
      const job = await world.start({ script: [`sh -c "${child}" & wait`], afterScript: after });
      await world.shows(job, "\nchild runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(log).toMatch(/\nchild told\n[^]*\nafter: canceled\n/);
    },
  },
  {
    title: "FF_USE_NATIVE_CONTAINER_STOP tells the main process alone of a cancel",
    prove: async (world) => {
      const job = await world.start({
        script: ["echo it runs", "sleep 3", "echo nobody told"],
        afterScript: after,
        variables: { FF_USE_NATIVE_CONTAINER_STOP: "true" },
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).toMatch(/\nnobody told\n[^]*\nafter: canceled\n/);
    },
  },
  {
    title: "a script that is deaf to TERM is killed, and after_script runs",
    prove: async (world) => {
      const job = await world.start({
        script: ["trap '' TERM", "echo it runs", "while :; do sleep 1; done"],
        afterScript: after,
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).toContain("\nafter: canceled\n");
    },
  },
  {
    title: "a cancel works in an image without bash, and for a user who isn't root",
    prove: async (world) => {
      const some = [images.tiny, images.nonroot].map((image) =>
        world.start({ image, script: long, afterScript: after }),
      );
      for (const job of await Promise.all(some)) {
        await world.shows(job, "\nit runs\n");
        world.coordinator.cancel(job.id);
        const { log } = await world.ended(job);
        expect(log).toMatch(/\ntold to end\n[^]*\nafter: canceled\n/);
      }
    },
  },
  {
    title: "a cancel before the script ends the job without it and after_script",
    prove: async (world) => {
      const job = await world.start(
        project.job(world, {
          script: ["echo never"],
          afterScript: ["echo never"],
          parts: {
            hooks: [{ name: "pre_get_sources_script", script: ["echo it runs", "sleep 100"] }],
            artifacts: upload("always"),
          },
        }),
      );
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      const { log } = await world.ended(job);
      expect(job.state).toBe("canceled");
      expect(log).not.toContain("\nnever\n");
      expect(job.artifacts).toEqual([]);
    },
  },
  {
    title: "a cancel during after_script of a good script leaves after_script to its end",
    prove: async (world) => {
      const job = await world.start({
        script: ["true"],
        afterScript: ["echo it runs", "sleep 1.5", "echo to its end"],
      });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      expect((await world.ended(job)).log).toContain("\nto its end\n");
    },
  },
  {
    title: "a forced cancel ends everything at once, after_script as well",
    prove: async (world) => {
      const job = await world.start({ script: ["true"], afterScript: long });
      await world.shows(job, "\nit runs\n");
      world.coordinator.cancel(job.id);
      world.coordinator.cancel(job.id);
      expect(job.state).toBe("canceled");
      expect((await world.ended(job)).log).not.toContain("Job succeeded");
    },
  },
];
