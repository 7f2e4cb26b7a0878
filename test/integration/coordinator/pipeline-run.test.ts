import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineRun } from "../../../src/coordinator/embedded/pipeline-run.ts";
import { preparePipeline, servePrepared } from "../../../src/coordinator/embedded/prepare-pipeline.ts";
import type { JobPayload } from "../../../src/coordinator/job-payload.ts";
import { withInputs } from "../../../src/job/inputs.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { startFakeRunner, type FakeResult } from "./fake-runner.ts";

let root: string;
let project: string;
const environment = { PATH: process.env["PATH"], HOME: "/nonexistent" };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-pipeline-"));
  project = join(root, "My Project");
  await mkdir(project);
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function prepare(coordinator: TestCoordinator, yaml: string, given: { key: string; value: string }[] = []) {
  await writeFile(join(project, ".gitlab-ci.yml"), yaml);
  const prepared = await preparePipeline({
    directory: project,
    target: join(root, "served.git"),
    configPath: ".gitlab-ci.yml",
    pipelineId: 1,
    serverUrl: coordinator.url,
    source: "push",
    given,
    environment,
    now: new Date("2026-01-02T03:04:05Z"),
    signal: AbortSignal.timeout(30_000),
  });
  servePrepared(coordinator, prepared);
  return prepared;
}

async function run(yaml: string, act?: (job: JobPayload) => FakeResult, given: { key: string; value: string }[] = []) {
  await using coordinator = await startTestCoordinator();
  const prepared = await prepare(coordinator, yaml, given);
  await using runner = startFakeRunner(coordinator, coordinator.runner.token, act);
  const pipeline = new PipelineRun({ coordinator, prepared, clock: systemClock });
  const outcome = await pipeline.done;
  const states = Object.fromEntries(pipeline.nodes.map((node) => [node.job.name, node.state]));
  return { outcome, states, jobs: runner.jobs, order: runner.jobs.map((job) => job.job_info.name) };
}

const value = (job: JobPayload | undefined, key: string) => job?.variables.findLast((one) => one.key === key)?.value;

describe("a pipeline on the embedded coordinator", () => {
  it("runs stage after stage and hands artifacts and dotenv variables on", async () => {
    const { outcome, jobs, order } = await run(
      `
stages: [build, test]
unit: {stage: test, script: [make test]}
compile:
  stage: build
  script: [make]
  artifacts: {paths: [out], reports: {dotenv: build.env}}
`,
      (job) => (job.job_info.name === "compile" ? { archive: "zip", dotenv: "VERSION=1.2\n" } : {}),
    );
    expect([outcome.state, order]).toEqual(["success", ["compile", "unit"]]);
    expect(value(jobs[1], "VERSION")).toBe("1.2");
    expect(jobs[1]?.dependencies).toMatchObject([{ id: jobs[0]?.id, name: "compile", artifacts_file: { size: 3 } }]);
    expect(jobs[1]?.dependencies[0]?.token).not.toBe(jobs[0]?.token);
  });

  it("hands a job's inputs on, for the runner to replace", async () => {
    const { jobs } = await run(
      "deploy:\n  inputs: {target: {default: staging}, count: {type: number, default: 2}}\n" +
        '  script: ["echo ${{ job.inputs.target }} ${{ job.inputs.count + 1 }}"]\n',
    );
    const [job] = jobs;
    if (job === undefined) throw new Error("no job was handed out");
    expect(withInputs(job).steps[0]?.script).toEqual(["echo staging 3"]);
  });

  it("gives jobs a commit that they can fetch, under the project's own path", async () => {
    const clone = join(root, "clone");
    const { jobs } = await run("job: {script: [make]}", (job) => {
      const fetched = promisify(execFile)("git", ["clone", "-q", job.git_info.repo_url, clone], { env: environment });
      return { hold: fetched };
    });
    expect(jobs[0]?.job_info.project_full_path).toBe("local/my-project");
    const head = await promisify(execFile)("git", ["rev-parse", "HEAD"], { cwd: clone });
    expect(head.stdout.trim()).toBe(jobs[0]?.git_info.sha);
  });

  it("skips what follows a failure, and runs on_failure and always jobs", async () => {
    const { outcome, states } = await run(
      `
stages: [build, test, report]
bad: {stage: build, script: [x]}
next: {stage: test, script: [x]}
rescue: {stage: test, script: [x], when: on_failure}
report: {stage: report, script: [x], when: always}
`,
      (job) => (job.job_info.name === "bad" ? { exitCode: 2 } : {}),
    );
    expect(outcome.state).toBe("failed");
    expect(states).toEqual({ bad: "failed", next: "skipped", rescue: "success", report: "success" });
  });

  it("forgives the exit codes that allow_failure names", async () => {
    const { outcome, states } = await run(
      `
stages: [build, test]
soft: {stage: build, script: [x], allow_failure: {exit_codes: [3]}}
after: {stage: test, script: [x]}
`,
      (job) => (job.job_info.name === "soft" ? { exitCode: 3 } : {}),
    );
    expect([outcome.state, states]).toEqual(["success", { soft: "failed", after: "success" }]);
  });

  it("tries a job again for the reasons that retry names", async () => {
    const failures = ["runner_system_failure", "script_failure"];
    const { order, states } = await run(
      `
job: {script: [x], retry: {max: 2, when: [runner_system_failure]}}
`,
      () => ({ failureReason: failures.shift() ?? "" }),
    );
    expect([order, states]).toEqual([["job", "job"], { job: "failed" }]);
  });

  it("starts a job with needs before the stages before it have ended", async () => {
    const early = Promise.withResolvers<void>();
    const { order } = await run(
      `
stages: [build, test]
slow: {stage: build, script: [x]}
fast: {stage: build, script: [x]}
early: {stage: test, script: [x], needs: [fast]}
`,
      (job) => {
        if (job.job_info.name === "early") early.resolve();
        return job.job_info.name === "slow" ? { hold: early.promise } : {};
      },
    );
    expect(order).toContain("early");
  });

  it("leaves manual jobs alone, and names those that others wait for", async () => {
    const { outcome, states } = await run(`
stages: [build, deploy]
build: {stage: build, script: [x]}
approve: {stage: build, script: [x], when: manual, allow_failure: false}
deploy: {stage: deploy, script: [x]}
`);
    expect(states).toEqual({ build: "success", approve: "manual", deploy: "skipped" });
    expect(outcome.blockedBy.map((node) => node.job.name)).toEqual(["approve"]);
  });

  it("lets given variables win over all others, and masks those with a secret's name", async () => {
    const { jobs } = await run("job: {variables: {TARGET: yaml}, script: [x]}", undefined, [
      { key: "TARGET", value: "given" },
      { key: "API_TOKEN", value: "hunter22" },
    ]);
    expect(value(jobs[0], "TARGET")).toBe("given");
    expect(jobs[0]?.variables.findLast((one) => one.key === "API_TOKEN")).toMatchObject({ masked: true });
  });

  it("names every mistake in the YAML with its line", async () => {
    const yaml = "job:\n  script: [x]\n  needs: [nobody]\n";
    await expect(run(yaml)).rejects.toMatchObject({
      code: "PIPELINE_INVALID",
      message: expect.stringMatching(/\.gitlab-ci\.yml:3:\d+/) as string,
    });
  });

  it("cancels running jobs gracefully, the second time at once, and starts no others", async () => {
    await using coordinator = await startTestCoordinator();
    const yaml = "stages: [one, two]\na: {stage: one, script: [x]}\nb: {stage: two, script: [x]}\n";
    const prepared = await prepare(coordinator, yaml);
    const never = Promise.withResolvers<void>();
    await using _runner = startFakeRunner(coordinator, coordinator.runner.token, () => ({ hold: never.promise }));
    const started = new Promise((resolve) => coordinator.events.once("job-started", resolve));
    const pipeline = new PipelineRun({ coordinator, prepared, clock: systemClock });
    await started;
    pipeline.cancel();
    expect(pipeline.nodes[0]?.handle?.state).toBe("canceling");
    pipeline.cancel();
    expect((await pipeline.done).state).toBe("canceled");
    expect(pipeline.nodes.map((node) => node.state)).toEqual(["canceled", "canceled"]);
    expect(coordinator.jobs()).toHaveLength(1);
    never.resolve();
  });
});
