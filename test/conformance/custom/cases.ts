import { expect } from "vitest";
import { type CustomRunner, type CustomRunnerOptions, startCustomRunner } from "../../support/custom-runner.ts";
import { images } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import type { Feature } from "../case.ts";
import type { World } from "../world.ts";

/** A GitLab Runner's place is taken by a stand-in that calls `longshore custom` as it does. */
const withRunner =
  (
    body: (runner: CustomRunner, world: World) => Promise<void>,
    options: Omit<CustomRunnerOptions, "coordinator"> = {},
  ) =>
  async (world: World) => {
    await using runner = await startCustomRunner({ ...options, coordinator: world.coordinator });
    await body(runner, world);
  };

export const feature: Feature = {
  title: "Custom executor's driver",
  cases: [
    {
      title:
        "each stage of a calling runner has the job's image, its services and its variables; sources, script and after_script share their files",
      prove: withRunner(
        async (runner, { coordinator }) => {
          await using repository = await createRepository();
          const sha = await repository.commit({ "a file": "of the repository\n" });
          coordinator.serveRepository("group/project", repository.bare);
          const { state, log } = await runner.run((token) =>
            repository.jobParts(coordinator.url, token, sha, {
              image: images.node,
              services: [{ name: images.registry, alias: "registry" }],
              variables: { OF_JOB: "its own" },
              script: [
                "cat 'a file'",
                "node -p 'process.env.OF_JOB + \" \" + process.env.OF_ADMIN'",
                "node -e 'fetch(`http://registry:5000/v2/`).then((answer) => console.log(answer.status))'",
                "echo more >more",
              ],
              afterScript: ["cat more; echo status=$CI_JOB_STATUS"],
            }),
          );
          expect([state, log]).toEqual(["success", expect.any(String)]);
          for (const line of ["of the repository", "its own the runner's", "200", "more", "status=success"])
            expect(log).toContain(`\n${line}\n`);
        },
        { environment: { OF_ADMIN: "the runner's" } },
      ),
    },
    {
      title: "a script that fails gives the calling runner its exit code, and after_script its status",
      prove: withRunner(async (runner) => {
        const failed = await runner.run({ script: ["exit 23"], afterScript: ["echo status=$CI_JOB_STATUS"] });
        expect([failed.failureReason, failed.exitCode, failed.log]).toEqual([
          "script_failure",
          23,
          expect.stringContaining("\nstatus=failed\n"),
        ]);
      }),
    },
    {
      title: "the job's log says why a script failed, and what to change",
      prove: withRunner(async (runner) => {
        const { log } = await runner.run({ image: images.docker, script: ["docker ps"] });
        expect(log).toMatch(/^Why it failed: no service of this job is called docker.* \[daemon-name-unknown\]$/m);
      }),
    },
    {
      title: "caches and artifacts work with a helper image that has no gitlab-runner in it",
      prove: withRunner(async (runner) => {
        const job = {
          cache: { key: "custom", paths: ["kept"] },
          artifacts: ["out"],
          variables: { GIT_STRATEGY: "none" },
        };
        const first = await runner.run({
          ...job,
          script: ["mkdir kept out; echo of the first | tee kept/file >out/file"],
        });
        expect([first.state, first.log]).toEqual(["success", expect.any(String)]);
        expect(first.job.artifacts.map(({ type, filename }) => `${type} ${filename}`)).toEqual([
          "archive artifacts.zip",
        ]);
        const [artifact] = first.job.artifacts;
        const dependency = {
          id: first.job.id,
          token: first.payload.token,
          name: "first",
          artifacts_file: { filename: "artifacts.zip", size: artifact?.size ?? 0 },
        };
        const script = ["echo cached $(cat kept/file)", "echo fetched $(cat out/file)"];
        const second = await runner.run({ ...job, script, parts: { dependencies: [dependency] } });
        expect([second.state, second.log]).toEqual(["success", expect.any(String)]);
        expect(second.log).toContain("\ncached of the first\n");
        expect(second.log).toContain("\nfetched of the first\n");
      }),
    },
    {
      title: "an image that is not allowed fails the job without a retry, and says what is",
      prove: withRunner(
        async (runner) => {
          const { failureReason, log } = await runner.run({ image: images.node, script: ["echo never"] });
          expect([failureReason, log]).toEqual(["script_failure", expect.stringContaining("allowed images: none/*")]);
          expect(log).not.toContain("never");
        },
        { docker: 'allowed_images = ["none/*"]' },
      ),
    },
  ],
  differences: [
    {
      what: "`archive_cache`, `restore_cache` and the stages of artifacts run the script that the calling runner generates",
      here: "`longshore custom` does them itself from the job's description; a cache in a remote store of the calling runner's is left to its script and a helper image with `gitlab-runner`",
      why: "a helper image needs no `gitlab-runner` then, and archives are packed as an agent's are",
    },
    {
      what: "a failure of the configuration has its own reason (`runner_configuration_error`)",
      here: "under `longshore custom` it is `script_failure`, without a retry",
      why: "a custom executor's driver can say only two things: failure of the build, or of the system",
    },
    {
      what: "masking, timestamps, sections, `output_limit`, timeouts, cancel of the job",
      here: "under `longshore custom` they are the calling runner's",
      why: "it keeps the job's log and its clock",
    },
    {
      what: '`storage = "leased"` of a dind',
      here: 'under `longshore custom` it is `"job"`',
      why: "layer stores are handed out by an agent that knows who has them; here each call is a process of its own",
    },
  ],
};
