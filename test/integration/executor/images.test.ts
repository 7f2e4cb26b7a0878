import { describe, expect, it } from "vitest";
import { buildImage } from "../../support/built-image.ts";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({ concurrent: 3, runners: [{}, { tag: "single", settings: "limit = 1" }] });

describe.concurrent("an image", () => {
  it("whose user isn't root can write its project directory", async () => {
    const { job, log } = await agent().run({
      image: images.nonroot,
      script: ["id -un", "touch file && ls -ln"],
      afterScript: ["ls"],
    });
    expect(job.state).toBe("success");
    expect(log).toContain("\nbuilder\n");
    expect(log).toMatch(/ 1000 +1000 .* file\n/);
  });

  it("whose user isn't root can do so beside a helper that made files as root", async () => {
    const script = ["mkdir -p kept", "touch kept/$CI_JOB_ID", "ls kept | wc -l"];
    const job = { image: images.nonroot, script, cache: { key: "k", paths: ["kept"] } };
    const [first, second] = [await agent().run(job, "single"), await agent().run(job, "single")];
    expect([first.job.state, second.job.state]).toEqual(["success", "success"]);
    expect(first.log).toContain("$ ls kept | wc -l\n1\n");
    expect(second.log).toContain("$ ls kept | wc -l\n2\n");
  });

  it("may have no shell but sh", async () => {
    const { job, log } = await agent().run({
      image: images.tiny,
      script: ["echo ${BASH_VERSION:-no bash}", "false | true", "printf 'a\\nb\\n' | wc -l"],
      afterScript: ["echo $CI_JOB_STATUS"],
    });
    expect(log).toContain("\nno bash\n");
    expect([job.state, job.exitCode]).toEqual(["failed", 1]);
    expect(log).toContain("\nfailed\n");
  });

  it("gets bash where it has it", async () => {
    const { log } = await agent().run({ script: ["echo ${BASH_VERSION:+bash}"] });
    expect(log).toContain("\nbash\n");
  });

  it("keeps its entrypoint", async () => {
    const entry = `ENTRYPOINT ["/bin/sh", "-c", "echo hello from the entrypoint; export BY_ENTRYPOINT=1; exec \\"$@\\"", "--"]`;
    await using image = await buildImage(agent().engine, `FROM ${images.base}\n${entry}\n`);
    const { job, log } = await agent().run({ image: image.name, script: ["echo set=$BY_ENTRYPOINT"] });
    expect(job.state).toBe("success");
    expect(log).toContain("hello from the entrypoint\n");
    expect(log).toContain("\nset=1\n");
  });

  it("has its entrypoint overridden by the job", async () => {
    const script = ["echo host=$DOCKER_HOST extra=$EXTRA"];
    const kept = agent().run({ image: images.docker, script });
    const entrypoint = ["/usr/bin/env", "EXTRA=1"];
    const other = agent().run({ script, parts: { image: { name: images.docker, entrypoint } } });
    expect((await kept).log).toContain("\nhost=tcp://docker:2375 extra=\n");
    expect((await other).log).toContain("\nhost= extra=1\n");
  });

  it("without a shell fails the job with a word about it", async () => {
    await using image = await buildImage(agent().engine, 'FROM scratch\nCOPY file /\nCMD ["/file"]\n', { file: "x" });
    const { job, log } = await agent().run({ image: image.name, script: ["true"] });
    expect(job.state).toBe("failed");
    expect(job.failureReason).toBe("runner_configuration_error");
    expect(log.match(/^ERROR: .*/gm)).toHaveLength(1);
    expect(log).toMatch(/ERROR: Job failed: the image .* has no shell/);
    expect(log).toMatch(/Why it failed: .* has no shell, .*\[no-shell-in-image\]/);
  });
});
