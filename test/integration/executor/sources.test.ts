import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ScriptJob } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";

const { agent, coordinator } = sharedAgent({ concurrent: 3, runners: [{}, { tag: "slot", settings: "limit = 1" }] });
let library: TestRepository;
let project: TestRepository;

beforeAll(async () => {
  library = await createRepository();
  await library.commit({ "lib.txt": "of the library\n" });
  coordinator().serveRepository("group/library", library.bare);
  project = await createRepository();
  await project.commit({ "a.txt": "first\n" });
  await project.commit({ "a.txt": "second\n", "script.sh": "echo from the repository\n" });
  await project.addSubmodule("../library.git", library, "lib");
  coordinator().serveRepository("group/project", project.bare);
});

afterAll(async () => {
  await library[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

/** A job of the project's last commit, or of `sha`. */
function sourceJob(job: ScriptJob, sha = project.head) {
  return coordinator().addJob(({ token }) => project.jobParts(coordinator().url, token, sha, job), {
    tags: job.name === "slot" ? ["slot"] : [],
  });
}

const run = async (job: ScriptJob, sha?: string) => agent().ended(await sourceJob(job, sha));

describe.concurrent("the sources", () => {
  it("are there before the script, at the job's commit", async () => {
    const { job, log } = await run({ script: ["cat a.txt", "sh script.sh"] });
    expect(log).toContain(`Checking out ${project.head.slice(0, 8)} as detached HEAD (ref is main)...`);
    expect(log).toContain("$ cat a.txt\nsecond\n$ sh script.sh\nfrom the repository\n");
    expect(job.state).toBe("success");
  });

  it("are cloned into a directory that only they are in, with GIT_STRATEGY clone", async () => {
    const variables = { GIT_STRATEGY: "clone" };
    const { log } = await run({ script: ["ls -A; git -C . log --oneline | wc -l"], variables, image: images.helper });
    expect(log).toContain(".git\n.gitmodules\na.txt\nlib\nscript.sh\n");
  });

  it("have as much history as GIT_DEPTH says", async () => {
    const count = { script: ["git log --oneline | wc -l"], image: images.helper };
    const [shallow, whole] = await Promise.all([
      run({ ...count, variables: { GIT_DEPTH: "1" } }),
      run({ ...count, variables: { GIT_DEPTH: "0" } }),
    ]);
    expect(shallow.log).toContain("$ git log --oneline | wc -l\n1\n");
    expect(whole.log).toContain("$ git log --oneline | wc -l\n3\n");
  });

  it("are not fetched with GIT_STRATEGY none", async () => {
    const { job, log } = await run({ script: ["ls -A | wc -l"], variables: { GIT_STRATEGY: "none" } });
    expect(job.state).toBe("success");
    expect(log).toContain("Skipping Git repository setup\n");
    expect(log).toContain("$ ls -A | wc -l\n0\n");
  });

  it("hold their submodules with GIT_SUBMODULE_STRATEGY, fetched with the job's token", async () => {
    const script = ["cat lib/lib.txt"];
    const [normal, without] = await Promise.all([
      run({ script, variables: { GIT_SUBMODULE_STRATEGY: "normal" } }),
      run({ script }),
    ]);
    expect(normal.log).toContain("$ cat lib/lib.txt\nof the library\n");
    expect(without.job.state).toBe("failed");
  });

  it("can be written by an image that isn't root's", async () => {
    const { job, log } = await run({ image: images.nonroot, script: ["echo more >>a.txt && cat a.txt", "touch new"] });
    expect(job.state).toBe("success");
    expect(log).toContain("second\nmore\n");
  });

  it("leave no credentials in what the script can read", async () => {
    const variables = { GIT_SUBMODULE_STRATEGY: "normal" };
    const script = [
      'grep -rlF "$CI_JOB_TOKEN" "$CI_PROJECT_DIR" && exit 1; echo none in the project',
      "grep url .git/config",
    ];
    const { job, log } = await run({ script, variables });
    expect(job.state).toBe("success");
    expect(log).toContain("none in the project\n");
    expect(log).toContain(`url = "${coordinator().url}/group/project.git"`);
  });

  it("that don't exist fail the job before its script, with git's own words", async () => {
    const { job, log } = await run({ script: ["echo never"] }, "1".repeat(40));
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).toMatch(/fatal: .*1{40}/);
    expect(log).not.toContain("echo never");
    expect(log.match(/^ERROR: .*/gm)).toHaveLength(1);
  });
});

describe("the second job of a slot", () => {
  it("fetches into the clone of the first, without what that left behind", async () => {
    const slot = { name: "slot" };
    const script = ["echo changed >a.txt; touch untracked; mkdir dir; touch dir/x"];
    const first = await run({ ...slot, script });
    expect(first.log).toContain("Created fresh repository.");
    await project.commit({ "b.txt": "new\n" });
    const second = await run({ ...slot, script: ["cat a.txt b.txt", "ls -A"] });
    expect(second.log).not.toContain("Created fresh repository.");
    expect(second.log).toMatch(/Removing dir\/\nRemoving untracked\n/);
    expect(second.log).toContain(
      "$ cat a.txt b.txt\nsecond\nnew\n$ ls -A\n.git\n.gitmodules\na.txt\nb.txt\nlib\nscript.sh\n",
    );
  });

  it("keeps them with GIT_CLEAN_FLAGS none", async () => {
    const job = { name: "slot", variables: { GIT_CLEAN_FLAGS: "none" } };
    await run({ ...job, script: ["touch kept-by-flag"] });
    const second = await run({ ...job, script: ["ls kept-by-flag"] });
    expect(second.job.state).toBe("success");
  });

  it("starts anew with GIT_STRATEGY clone", async () => {
    const { log } = await run({ name: "slot", script: ["true"], variables: { GIT_STRATEGY: "clone" } });
    expect(log).toContain("Created fresh repository.");
  });
});
