import { expect } from "vitest";
import { killContainer } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { project } from "./project.ts";

const failed = (exitCode: number) => ({ state: "failed", exitCode, failureReason: "script_failure" }) as const;

/** Exit codes of scripts. */
export const scriptCases: readonly Case[] = [
  {
    title: "the first command that fails ends the script with its exit code",
    job: { script: ["(exit 7)", "echo never"] },
    observed: { ...failed(7), log: [/\nERROR: Job failed: exit code 7\s*$/], absent: ["\nnever\n"] },
  },
  {
    title: "a command that isn't there fails with 127",
    job: { script: ["no-such-command"] },
    observed: failed(127),
  },
  {
    title: "a failure in the midst of a pipe counts",
    job: { script: ["(exit 5) | cat", "echo never"] },
    observed: { ...failed(5), absent: ["\nnever\n"] },
  },
  {
    title: "`exit 0` ends the script well before its end",
    job: { script: ["exit 0", "echo never"] },
    observed: { absent: ["\nnever\n"] },
  },
  {
    title: "exit codes up to 255 reach the coordinator, so that allow_failure:exit_codes works",
    job: { script: ["exit 255"] },
    observed: failed(255),
  },
  {
    title: "a command that is killed fails with 137",
    job: { script: ["sh -c 'kill -9 $$'", "echo never"], afterScript: ["echo after $CI_JOB_STATUS"] },
    observed: { ...failed(137), log: ["\nafter failed\n"] },
  },
  {
    title: "a script that runs out of memory fails with 137",
    config: { docker: 'memory = "32m"\nmemory_swap = "32m"' },
    job: { script: ["exec tail /dev/zero"] },
    observed: failed(137),
  },
  {
    title: "after_script runs after a failed script, and its own failure changes nothing",
    job: { script: ["exit 3"], afterScript: ["echo status=$CI_JOB_STATUS", "exit 9"] },
    observed: { ...failed(3), log: ["\nstatus=failed\n"] },
  },
  {
    title: "a failing after_script leaves a good job good",
    job: { script: ["true"], afterScript: ["exit 9"] },
    observed: { log: ["WARNING: after_script failed, but job will continue unaffected: exit code 9"] },
  },
  {
    title: "AFTER_SCRIPT_IGNORE_ERRORS=false lets a failing after_script fail the job",
    job: { script: ["true"], afterScript: ["exit 9"], variables: { AFTER_SCRIPT_IGNORE_ERRORS: "false" } },
    observed: failed(9),
  },
  {
    title: "AFTER_SCRIPT_IGNORE_ERRORS that is no boolean is warned of, and true",
    job: { script: ["true"], afterScript: ["exit 9"], variables: { AFTER_SCRIPT_IGNORE_ERRORS: "maybe" } },
    observed: { log: [/WARNING: .*AFTER_SCRIPT_IGNORE_ERRORS/] },
  },
  {
    title: "a failing pre_build_script leaves the script out and fails the job",
    config: { settings: 'pre_build_script = "exit 11"' },
    job: { script: ["echo never"], afterScript: ["echo after"] },
    observed: { ...failed(11), log: ["\nafter\n"], absent: ["\nnever\n"] },
  },
  {
    title: "a failing post_build_script fails the job",
    config: { settings: 'post_build_script = "exit 12"' },
    job: { script: ["echo done"] },
    observed: { ...failed(12), log: ["\ndone\n"] },
  },
  {
    title: "a process left in the background with its output closed is not waited for",
    job: { script: ["sleep 1000 >/dev/null 2>&1 &", "echo done"] },
    observed: { log: ["\ndone\n"] },
  },
];

const system = { state: "failed", failureReason: "runner_system_failure" } as const;
const misconfigured = { state: "failed", failureReason: "runner_configuration_error" } as const;
const absentImage = { image: { name: "longshore-test/no-such-image:1", pull_policy: ["never"] } };
const disallowedPolicy = { name: "longshore-test/other:1", pull_policy: ["always"] };
const policies = { docker: 'allowed_pull_policies = ["if-not-present", "never"]' };
const severalErrors = /^ERROR: [^]*^ERROR: /m;
const nothingKnown = { trace_sections: true };
const running = ["echo it runs; while :; do sleep 0.1; done"];

/** Whose fault a failure is, as the coordinator is told. */
export const reasonCases: readonly Case[] = [
  {
    title: "an image that isn't there is the configuration's fault",
    config: policies,
    job: { script: ["echo never"], parts: absentImage },
    observed: {
      ...misconfigured,
      log: [/failed to pull image "longshore-test\/no-such-image:1" with specified policies/],
      absent: [severalErrors],
    },
    differs: "one that `never` misses is a failure of the runner's system there, after three tries",
  },
  {
    title: "a coordinator that doesn't know the reason runner_configuration_error gets script_failure",
    config: policies,
    job: { script: ["echo never"], parts: { image: disallowedPolicy, features: nothingKnown } },
    observed: { state: "failed", failureReason: "script_failure" },
  },
  {
    title: "a registry that can't be reached is a failure of something external",
    job: { image: "registry.invalid/group/image:1", script: ["echo never"] },
    observed: { state: "failed", failureReason: "runner_external_dependency_failure" },
  },
  {
    title: "a coordinator that doesn't know the reason runner_external_dependency_failure gets runner_system_failure",
    job: { image: "registry.invalid/group/image:1", script: ["echo never"], parts: { features: nothingKnown } },
    observed: system,
  },
  {
    title: "an image that config.toml doesn't allow is the configuration's fault",
    config: { docker: 'allowed_images = ["longshore-test/allowed:*"]' },
    job: { image: "longshore-test/other:1", script: ["echo never"] },
    observed: { ...misconfigured, absent: ["\nnever\n"] },
    differs: "there it is a failure of the runner's system, after three tries",
  },
  {
    title: "a pull policy that config.toml doesn't allow is the configuration's fault",
    config: policies,
    job: { script: ["echo never"], parts: { image: disallowedPolicy } },
    observed: misconfigured,
  },
  {
    title: "an option that the daemon refuses is the configuration's fault, in the daemon's words",
    config: { docker: 'memory = "1k"' },
    job: { script: ["echo never"] },
    observed: { ...misconfigured, log: [/[Mm]inimum memory limit/], absent: [/Will be retried/, severalErrors] },
  },
  {
    title: "sources that can't be fetched fail the job as a script does, with git's exit code",
    job: {
      script: ["echo never"],
      parts: {
        git_info: { repo_url: "http://127.0.0.1:9/group/project.git", ref: "main", sha: "0".repeat(40), depth: 0 },
      },
    },
    observed: { ...failed(128), absent: ["\nnever\n"] },
  },
  {
    title: "a build container that is removed from outside is a system failure, and the log says so once",
    differs: "GitLab Runner still runs after_script, in a new container: see below",
    prove: async (world) => {
      const job = await world.start({ script: running, afterScript: ["echo never"] });
      await world.shows(job, "\nit runs\n");
      const [container = ""] = await world.containers(job.id, "build");
      await killContainer(world.engine, container);
      const { log } = await world.ended(job);
      expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
      expect(log).toMatch(/ERROR: Job failed \(system failure\): the build container was removed/);
      expect(log).not.toMatch(severalErrors);
    },
  },
  {
    title: "a build container that is killed from outside is a script that failed with 137",
    prove: async (world) => {
      const job = await world.start({ script: running, afterScript: ["echo after: $CI_JOB_STATUS"] });
      await world.shows(job, "\nit runs\n");
      const [container = ""] = await world.containers(job.id, "build");
      await world.engine.getContainer(container).kill();
      const { log } = await world.ended(job);
      expect([job.state, job.exitCode, job.failureReason]).toEqual(["failed", 137, "script_failure"]);
      expect(log).toContain("\nafter: failed\n");
    },
  },
  {
    title: "EXECUTOR_JOB_SECTION_ATTEMPTS runs a script again, in a new container, when its container is removed",
    differs:
      "an attempt more is made only when the container is gone before the stage begins; removed in its midst it ends with exit code 137",
    prove: async (world) => {
      const job = await world.start({
        script: [
          'if [ -e "$CI_PROJECT_DIR/once" ]; then echo once more; exit 0; fi',
          'touch "$CI_PROJECT_DIR/once"',
          ...running,
        ],
        variables: { EXECUTOR_JOB_SECTION_ATTEMPTS: "2" },
      });
      await world.shows(job, "\nit runs\n");
      const [container = ""] = await world.containers(job.id, "build");
      await killContainer(world.engine, container);
      const { log } = await world.ended(job);
      expect(job.state).toBe("success");
      expect(log).toMatch(new RegExp(`Container "${container}" not found or removed. Will retry...`));
      expect(log).toMatch(/Retrying step_script\n[^]*\nonce more\n/);
    },
  },
  {
    title: "EXECUTOR_JOB_SECTION_ATTEMPTS does a stage of the runner's own again when the helper is removed",
    differs:
      "an attempt more is made only when the container is gone before the stage begins; removed in its midst it ends with exit code 137",
    prove: async (world) => {
      const hook = '[ -e "$CI_BUILDS_DIR/once" ] || { touch "$CI_BUILDS_DIR/once"; echo it runs; sleep 100; }';
      const job = await world.start(
        project.job(world, {
          script: ["cat in-it.txt", 'rm "$CI_BUILDS_DIR/once"'],
          variables: { EXECUTOR_JOB_SECTION_ATTEMPTS: "2" },
          parts: { hooks: [{ name: "pre_get_sources_script", script: [hook] }] },
        }),
      );
      await world.shows(job, "\nit runs\n");
      const [container = ""] = await world.containers(job.id, "predefined");
      await killContainer(world.engine, container);
      const { log } = await world.ended(job);
      expect(job.state).toBe("success");
      expect(log).toMatch(/Retrying get_sources\n[^]*\nof the project\n/);
    },
  },
];
