import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case, CaseConfig } from "../case.ts";
import { reasonOf } from "../runner-under-test.ts";
import { registry } from "./registry.ts";

const always: CaseConfig = { pullPolicy: 'pull_policy = "always"' };
const unset: CaseConfig = { pullPolicy: "" };
const withJob = (pull_policy: readonly string[]) => ({
  script: ["echo runs"],
  parts: { image: { name: images.tiny, pull_policy: [...pull_policy] } },
});
const refused = { state: "failed", failureReason: "runner_configuration_error" } as const;
const platform = `linux/${process.arch === "x64" ? "amd64" : process.arch}`;

/** When and how images are pulled. */
export const pulls: readonly Case[] = [
  {
    title: "the policies that hold are named with the image",
    config: { pullPolicy: 'pull_policy = ["if-not-present", "always"]' },
    job: { image: images.tiny, script: ["true"] },
    observed: { log: [`Using effective pull policy of [if-not-present always] for container ${images.tiny}\n`] },
    differs: "not before 18.0",
  },
  {
    title: "always is the policy where none is set: the registry is asked every time",
    config: unset,
    prove: async (world) => {
      const { open } = registry();
      const job = { image: `${open}/group/app:1`, script: ["true"] };
      for (const { log } of [await world.run(job), await world.run(job)]) {
        expect(log).toContain(`Pulling docker image ${open}/group/app:1 ...\n`);
        expect(log).toMatch(
          new RegExp(
            `Using docker image sha256:[0-9a-f]{64} for \\S+ with digest ${open}/group/app@sha256:[0-9a-f]{64} \\.\\.\\.`,
          ),
        );
      }
    },
  },
  {
    title: "if-not-present takes what is there",
    job: { image: images.tiny, script: ["true"] },
    observed: {
      log: [
        'Using locally found image version due to "if-not-present" pull policy\n',
        /Using docker image sha256:[0-9a-f]{64} for \S+ /,
      ],
      absent: ["Pulling docker image"],
    },
  },
  {
    title: "never pulls nothing, and fails without the image",
    config: { pullPolicy: 'pull_policy = "never"' },
    job: { image: "longshore-test/missing:1", script: ["true"] },
    observed: {
      state: "failed",
      log: [
        /WARNING: Failed to pull image with policy "never": .*No such image/,
        'failed to pull image "longshore-test/missing:1" with specified policies [never]',
      ],
      absent: ["Pulling docker image"],
    },
  },
  {
    title: "of several policies the next is tried when one fails",
    config: { pullPolicy: 'pull_policy = ["always", "if-not-present"]' },
    prove: async (world) => {
      const image = `${registry().open}/group/unpushed:1`;
      const { log } = await world.run({ image, script: ["true"] });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toMatch(/WARNING: Failed to pull image with policy "always": .*manifest unknown/);
      expect(log).toContain('Attempt #2: Trying "if-not-present" pull policy\n');
    },
  },
  {
    title: "a job's pull_policy holds where allowed_pull_policies has it",
    config: { ...always, docker: 'allowed_pull_policies = ["always", "never"]' },
    job: withJob(["never"]),
    observed: { log: ["\nruns\n"], absent: ["Pulling docker image"] },
  },
  {
    title: "of a job's policies those that are not allowed are left out",
    config: { ...always, docker: 'allowed_pull_policies = ["always", "never"]' },
    job: withJob(["if-not-present", "never"]),
    observed: { log: ["Using effective pull policy of [never]"], absent: ["Trying"] },
    differs: "before 18.0 they are tried, too, as long as one is allowed",
  },
  {
    title: "a job's pull_policy that is not allowed is a configuration error, with what is",
    job: withJob(["always"]),
    observed: {
      ...refused,
      log: [
        /invalid pull policy for image .*pull_policy \(\[?always\]?\) defined in GitLab pipeline config.*\(\[?if-not-present\]?\)/,
      ],
    },
  },
  {
    title: "a pull_policy of config.toml that its own list doesn't allow is one, too",
    config: { ...always, docker: 'allowed_pull_policies = ["never"]' },
    job: { image: images.tiny, script: ["true"] },
    observed: {
      ...refused,
      log: [/pull_policy \(\[?always\]?\) defined in Runner config is not one of .*\(\[?never\]?\)/],
    },
  },
  {
    title: "the default policy that is not allowed is called so",
    config: { ...unset, docker: 'allowed_pull_policies = ["never"]' },
    job: { image: images.tiny, script: ["true"] },
    observed: { ...refused, log: [/pull_policy \(\[?always\]?\) defined in Runner config \(default\)/] },
  },
  {
    title: "a pull_policy that there isn't is a configuration error",
    job: withJob(["sometimes"]),
    observed: { ...refused, log: [/unsupported pull_policy "sometimes"|pull_policy \(\[?sometimes\]?\).* not one of/] },
  },
  {
    title: "an image that is named by its id is not pulled, whatever the policy",
    config: always,
    prove: async (world) => {
      const { Id: image } = await world.engine.getImage(images.tiny).inspect();
      const { log } = await world.run({ image, script: ["echo runs"] });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).not.toContain("Pulling docker image sha256:");
    },
  },
  {
    title: "a registry that can't be reached is asked three times, and is no fault of the job's",
    config: always,
    job: { image: "127.0.0.1:9/group/app:1", script: ["true"] },
    observed: {
      state: "failed",
      failureReason: "runner_external_dependency_failure",
      log: [
        /WARNING: Failed to pull image "127\.0\.0\.1:9\/group\/app:1" \(attempt #2\), retrying: .*refused/,
        'failed to pull image "127.0.0.1:9/group/app:1" with specified policies [always]',
      ],
      absent: ["(attempt #3)"],
    },
    differs: "before 19.2 it is asked once",
  },
  {
    title: "an image that the registry doesn't have is asked for once, and is an error of the configuration",
    config: always,
    prove: async (world) => {
      const { job, log } = await world.run({ image: `${registry().open}/group/none:1`, script: ["true"] });
      expect([job.state, reasonOf(job, "runner_configuration_error")]).toEqual([
        "failed",
        "runner_configuration_error",
      ]);
      expect(log).not.toContain("retrying");
    },
  },
  {
    title: "an image that build and service have in common is pulled once",
    config: always,
    prove: async (world) => {
      const image = `${registry().open}/group/common:1`;
      const { log } = await world.run({ image, script: ["true"], services: [image] });
      expect(log.split(`Pulling docker image ${image} ...`)).toHaveLength(2);
    },
  },
  {
    title: "jobs that wait for the same image with the same login share one pull",
    config: always,
    prove: async (world) => {
      const { local, whileSlow } = registry();
      const job = {
        image: `${local}/group/shared:1`,
        script: ["echo runs"],
        parts: { credentials: [{ type: "registry", url: local, username: "slow", password: "secret of slow" }] },
      };
      const ended = await whileSlow(async () => {
        const first = await world.start(job);
        await world.shows(first, "Pulling docker image");
        const second = await world.start(job);
        await world.shows(second, "is under way");
        return [first, second];
      });
      for (const each of ended) expect((await world.ended(each)).log).toContain("\nruns\n");
    },
    differs: "each job pulls for itself",
  },
  {
    title: "the platform of executor_opts is asked for, and named",
    config: always,
    prove: async (world) => {
      const name = `${registry().open}/group/app:1`;
      const parts = { image: { name, executor_opts: { docker: { platform } } } };
      const { log } = await world.run({ script: ["true"], parts });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toContain(`Pulling docker image ${name} for platform ${platform} ...\n`);
    },
  },
  {
    title: "an image that isn't there for the platform of executor_opts fails the job, which says why",
    job: {
      script: ["true"],
      parts: { image: { name: images.tiny, executor_opts: { docker: { platform: "linux/s390x" } } } },
    },
    observed: {
      ...refused,
      log: [/Why it failed: .* not made for linux\/s390x.* \[platform-missing\]/],
      absent: ["Will be retried"],
    },
    differs: "nothing explains it",
  },
];
