import { expect } from "vitest";
import { images } from "../../support/engine.ts";
import type { Case } from "../case.ts";
import { reasonOf } from "../runner-under-test.ts";
import { built } from "./built.ts";

const tag = images.tiny.split(":")[1] ?? "";
const inTiny = { image: images.tiny, script: ["echo ${BASH_VERSION:-no bash}"] };

/** Which image a job gets, and how it is started. */
export const choice: readonly Case[] = [
  {
    title: "a job without an image has that of config.toml, variables expanded; CI_JOB_IMAGE is not set",
    config: { image: "longshore-dev/${FLAVOR}" },
    job: {
      script: ["echo of ${CI_JOB_IMAGE-nothing}; echo ${BASH_VERSION:-no bash}"],
      variables: { FLAVOR: `tiny:${tag}` },
    },
    observed: { log: [`Using Docker executor with image ${images.tiny} ...`, "\nof nothing\nno bash\n"] },
  },
  {
    title: "a job without an image, where config.toml names none, is a configuration error",
    config: { image: "" },
    job: { script: ["true"] },
    observed: { state: "failed", log: ["no Docker image specified to run the build in"] },
  },
  {
    title: "variables in the job's image are expanded, and CI_JOB_IMAGE says what came of it",
    job: {
      image: "longshore-dev/$NAME:$TAG",
      script: ["echo of $CI_JOB_IMAGE"],
      variables: { NAME: "tiny", TAG: tag },
    },
    observed: { log: [`\nof ${images.tiny}\n`] },
  },
  {
    title: "a name that is no image's fails the job, and is told as such",
    job: { image: "longshore-dev/$NONE:1:2", script: ["true"] },
    observed: { state: "failed", log: [/invalid (?:image name|reference format)/] },
  },
  {
    title: "allowed_images has patterns; ** is any path",
    config: { docker: 'allowed_images = ["other/*", "**/ti*:*"]' },
    job: inTiny,
    observed: { log: ["\nno bash\n"] },
  },
  {
    title: "an image that allowed_images doesn't have is refused, with what it has",
    config: { docker: 'allowed_images = ["other/*", "*:latest"]' },
    job: inTiny,
    observed: {
      state: "failed",
      log: [
        `The "${images.tiny}" image is not present on list of allowed images:`,
        /allowed images:[^:]*other\/\*[^:]*\*:latest/,
      ],
    },
  },
  {
    title: "allowed_images looks at what variables come to",
    config: { docker: 'allowed_images = ["longshore-dev/${IMAGE}"]' },
    job: { image: "$IMAGE", script: ["true"], variables: { IMAGE: images.tiny } },
    observed: { state: "failed", log: [`The "${images.tiny}" image is not present`] },
  },
  {
    title: "the image of config.toml is allowed, whatever allowed_images has",
    config: { image: images.tiny, docker: 'allowed_images = ["other/*"]' },
    job: inTiny,
    observed: { log: ["\nno bash\n"] },
  },
  {
    title: "helper_image is the helper's, and said in the log; variables of the runner and the job are expanded",
    config: { helperImage: `longshore-dev/helper:$HELPER_TAG` },
    prove: async (world) => {
      const variables = { GIT_STRATEGY: "empty", HELPER_TAG: images.helper.split(":")[1] ?? "" };
      const { helper, ended } = await world.look({ script: ["true"], variables });
      expect(ended.log).toMatch(
        /\nUsing helper image: longshore-dev\/helper:\w+ \(overridden, default would be .+\)\n/,
      );
      expect(helper.Image).toBe((await world.engine.getImage(images.helper).inspect()).Id);
    },
    differs: "the helper has to be GitLab's own image there",
  },
  {
    title: "bash is the shell where the image has it, else sh",
    prove: async (world) => {
      const script = ["echo ${BASH_VERSION:+bash}.", "false | true", "echo after a pipe"];
      const [withBash, without] = await Promise.all([
        world.run({ script: script.slice(0, 1) }),
        world.run({ image: images.tiny, script, afterScript: ["echo $CI_JOB_STATUS"] }),
      ]);
      expect(withBash.log).toContain("\nbash.\n");
      expect(without.log).toMatch(/\n\.\n[^]*\nfailed\n/);
      expect([without.job.state, without.job.exitCode]).toEqual(["failed", 1]);
    },
  },
  {
    title: "an image without a shell fails the job with one word about it",
    prove: async (world) => {
      const { job, log } = await world.run({ image: built().withoutShell, script: ["true"] });
      expect([job.state, reasonOf(job, "runner_configuration_error")]).toEqual([
        "failed",
        "runner_configuration_error",
      ]);
      expect(log.match(/^ERROR: .*/gm)).toHaveLength(1);
      expect(log).toMatch(/ERROR: Job failed: the image .* has no shell/);
      expect(log).toMatch(/Why it failed: .* has no shell, .*\[no-shell-in-image\]/);
    },
    differs: "the container's exit code is all that is said there",
  },
  {
    title: "the image's entrypoint runs before the script, and what it exports is there",
    prove: async (world) => {
      const { log } = await world.run({ image: built().entrypoint, script: ["echo set=$BY_ENTRYPOINT"] });
      expect(log).toMatch(/\nJob succeeded\n$/);
      expect(log).toContain("hello from the entrypoint\n");
      expect(log).toContain("\nset=1\n");
    },
  },
  {
    title: "the job's entrypoint takes its place",
    prove: async (world) => {
      const entrypoint = ["/usr/bin/env", "EXTRA=1"];
      const parts = { image: { name: built().entrypoint, entrypoint } };
      const { log } = await world.run({ script: ["echo set=$BY_ENTRYPOINT extra=$EXTRA"], parts });
      expect(log).not.toContain("hello from the entrypoint");
      expect(log).toContain("\nset= extra=1\n");
    },
  },
  {
    title: "an entrypoint that doesn't run the shell at all decides on the job",
    job: { script: ["echo it runs"], parts: { image: { name: images.base, entrypoint: ["echo", "only"] } } },
    observed: { log: [/^only sh -c /m, "\nJob succeeded\n"], absent: [/^it runs$/m] },
  },
  {
    title: "an entrypoint that takes the standard input from the shell doesn't make a job green without its script",
    job: {
      script: ["echo it runs"],
      parts: { image: { name: images.base, entrypoint: ["sh", "-c", 'exec "$@" </dev/null', "--"] } },
    },
    observed: {
      state: "failed",
      failureReason: "runner_system_failure",
      log: ["the shell of the build container ended without its script"],
      absent: [/^it runs$/m],
    },
    differs: "there such a job succeeds, and nothing of its script has run",
  },
  {
    title: "disable_entrypoint_overwrite keeps the image's, with a warning",
    config: { docker: "disable_entrypoint_overwrite = true" },
    prove: async (world) => {
      const parts = { image: { name: built().entrypoint, entrypoint: [""] } };
      const { log } = await world.run({ script: ["echo set=$BY_ENTRYPOINT"], parts });
      expect(log).toContain("WARNING: Entrypoint override disabled\n");
      expect(log).toContain("\nset=1\n");
    },
  },
  {
    title: "a user other than root can write the project directory",
    job: { image: images.nonroot, script: ["id -un", "touch file && ls -ln"], afterScript: ["ls"] },
    observed: { log: ["\nbuilder\n", / 1000 +1000 .* file\n/] },
  },
  {
    title: "a user other than root can write beside what the helper made as root",
    config: { name: "nonroot", settings: "limit = 1", docker: 'volumes = ["/cache"]' },
    prove: async (world) => {
      const script = ["mkdir -p kept", "touch kept/$CI_JOB_ID", "ls kept | wc -l"];
      const job = { image: images.nonroot, script, cache: { key: "k", paths: ["kept"] } };
      const [first, second] = [await world.run(job), await world.run(job)];
      expect([first.job.state, second.job.state]).toEqual(["success", "success"]);
      expect(second.log).toContain("$ ls kept | wc -l\n2\n");
    },
  },
];
