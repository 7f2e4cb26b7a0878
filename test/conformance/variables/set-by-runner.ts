import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";

/** What the runner sets, and whose word counts. */
export const runnerCases: readonly Case[] = [
  {
    title: "the runner says where the job is: CI_BUILDS_DIR, CI_PROJECT_DIR, RUNNER_TEMP_PROJECT_DIR",
    job: {
      script: ['test "$PWD" = "$CI_PROJECT_DIR" && echo "$CI_BUILDS_DIR $CI_PROJECT_DIR $RUNNER_TEMP_PROJECT_DIR"'],
    },
    observed: { log: ["\n/builds /builds/root/project /builds/root/project.tmp\n"] },
  },
  {
    title: "the runner says who runs the job: version, revision, architecture, short token, slots",
    job: {
      script: [
        'echo "$CI_RUNNER_VERSION $CI_RUNNER_REVISION $CI_RUNNER_EXECUTABLE_ARCH ${#CI_RUNNER_SHORT_TOKEN}"',
        'echo "slots $CI_CONCURRENT_ID $CI_CONCURRENT_PROJECT_ID"',
      ],
    },
    observed: { log: [/\n\d+\.\d+\.\d+ \w+ linux\/\w+ [89]\n/, /\nslots \d+ \d+\n/] },
  },
  {
    title: "CI_SERVER, CI_DISPOSABLE_ENVIRONMENT and CI_JOB_IMAGE are set, CI_SHARED_ENVIRONMENT is not",
    job: {
      image: images.tiny,
      script: ['echo "$CI_SERVER $CI_DISPOSABLE_ENVIRONMENT ${CI_SHARED_ENVIRONMENT-none} $CI_JOB_IMAGE"'],
    },
    observed: { log: [`\nyes true none ${images.tiny}\n`] },
  },
  {
    title: "CI_JOB_STATUS is running in the script, and how it ended in after_script",
    job: { script: ["echo now: $CI_JOB_STATUS"], afterScript: ["echo after: $CI_JOB_STATUS"] },
    observed: { log: ["\nnow: running\n", "\nafter: success\n"] },
  },
  {
    title: "CI_JOB_TIMEOUT is the job's limit in seconds",
    job: { script: ["echo limit: $CI_JOB_TIMEOUT"], timeout: 123 },
    observed: { log: ["\nlimit: 123\n"] },
  },
  {
    title:
      "CI_BUILD_NETWORK_NAME names the network of the job's own under FF_NETWORK_PER_BUILD, and is not set without one",
    differs: "before version 19.0 it is not set",
    prove: async (world) => {
      const script = ['echo "network: ${CI_BUILD_NETWORK_NAME-none}"'];
      const [own, none] = await Promise.all([
        world.run({ script, variables: { FF_NETWORK_PER_BUILD: "true" } }),
        world.run({ script }),
      ]);
      expect(own.log).toMatch(new RegExp(`\nnetwork: runner-.*-${own.job.id}\n`));
      expect(none.log).toContain("\nnetwork: none\n");
    },
  },
  {
    title: "config.toml's environment yields to the job's variables, and may name them",
    config: { settings: 'environment = ["ADMIN=of the admin", "BOTH=admin", "NAMES=<$BOTH>", "no variable"]' },
    job: { script: ['echo "$ADMIN, $BOTH, $NAMES"'], variables: { BOTH: "job" } },
    observed: { log: ["\nof the admin, job, <job>\n"] },
  },
  {
    title: "what the runner sets before the job's variables may be overridden, what it sets after them not",
    job: {
      script: ['echo "$CI_SERVER $CI_DISPOSABLE_ENVIRONMENT $RUNNER_TEMP_PROJECT_DIR"'],
      variables: { CI_SERVER: "mine", CI_DISPOSABLE_ENVIRONMENT: "mine", RUNNER_TEMP_PROJECT_DIR: "/mine" },
    },
    observed: { log: ["\nmine true /builds/root/project.tmp\n"] },
  },
  {
    title: "CI_DEBUG_TRACE shows every command that the shell runs, and the job is marked",
    prove: async (world) => {
      const { job, log } = await world.run({
        script: ["value=seen", 'test -n "$value"'],
        variables: { CI_DEBUG_TRACE: "true" },
      });
      expect(log).toMatch(/^\++ test -n seen$/m);
      expect(job.debugTrace).toBe(true);
    },
  },
  {
    title: "debug_trace_disabled forbids CI_DEBUG_TRACE, and the log says so",
    config: { settings: "debug_trace_disabled = true" },
    prove: async (world) => {
      const { job, log } = await world.run({ script: ['test -n "seen"'], variables: { CI_DEBUG_TRACE: "true" } });
      expect(log).toContain("CI_DEBUG_TRACE: usage is disabled on this Runner");
      expect(log).not.toMatch(/^\++ test/m);
      expect(job.debugTrace).toBe(false);
    },
  },
];
