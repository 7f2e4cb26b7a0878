import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import type { JobReport } from "../../../src/spans/job-report.ts";
import type { SpanData } from "../../../src/spans/span.ts";
import { summarize } from "../../../src/spans/summary.ts";
import { images } from "../../support/engine.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent, coordinator } = sharedAgent();

let repository: TestRepository;
beforeAll(async () => {
  repository = await createRepository();
  await repository.commit({ "greet.sh": "echo hello\n" });
  coordinator().serveRepository("group/project", repository.bare);
});
afterAll(() => repository[Symbol.asyncDispose]());

const server = ["sh", "-c", "while :; do echo hello | nc -l -p 8000; done"];

/** Sources, a service, a cache, a dependency, artifacts and an after_script. */
async function fullJob(script: readonly string[]): Promise<JobHandle> {
  const first = await agent().run({ name: "first", script: ["echo 1 >one"], artifacts: ["one"] });
  const content = {
    name: "full",
    script,
    afterScript: ["echo after"],
    artifacts: ["two"],
    cache: { key: "deps", paths: ["kept"] },
    parts: {
      services: [{ name: images.tiny, alias: "web", command: server }],
      dependencies: [coordinator().dependencyOn(first.job.id)],
    },
  };
  const { url } = coordinator();
  const job = await coordinator().addJob(({ token }) => repository.jobParts(url, token, repository.head, content));
  await agent().ended(job);
  return job;
}

const phasesOf = ({ spans }: JobReport) => spans.filter((span) => span.place === "phase");
const names = (spans: readonly SpanData[]) => spans.map((span) => span.name);
const partsOf = ({ spans }: JobReport, name: string) => {
  const parent = spans.find((span) => span.name === name);
  return spans.filter((span) => span.parent === parent?.id);
};

describe.concurrent("the spans of a job", () => {
  it("sum up to its duration, in the order of its stages, each part where it belongs", async () => {
    const job = await fullJob(["sh greet.sh", "mkdir -p kept; date >kept/file; cat one >two"]);
    const report = await agent().report(job);
    expect(report).toMatchObject({ failureReason: "", job: { id: job.id, name: "full" } });
    expect(names(phasesOf(report))).toEqual([
      "receive",
      "prepare_executor",
      "prepare_script",
      "get_sources",
      "restore_cache",
      "download_artifacts",
      "ready_for_script",
      "step_script",
      "after_script",
      "archive_cache",
      "upload_artifacts_on_success",
      "cleanup_file_variables",
      "final",
    ]);
    const { sumMs } = summarize(report.spans);
    expect(sumMs / report.durationMs).toBeGreaterThan(0.95);
    expect(sumMs / report.durationMs).toBeLessThanOrEqual(1);
    // The coordinator's own clock: from the answer that held the job to the final state it got.
    const measured = (job.finishedAt ?? 0) - (job.startedAt ?? 0);
    expect(Math.abs(sumMs - measured) / measured).toBeLessThan(0.05);

    const prepare = names(partsOf(report, "prepare_executor")).toSorted();
    expect(prepare).toEqual(
      ["build", "daemon", "helper", "network", "plan", "pull", "pull", "pull", "service", "volumes"].toSorted(),
    );
    expect(names(partsOf(report, "service"))).toEqual(["create", "start", "ready"]);
    expect(names(partsOf(report, "build"))).toEqual(["create", "start"]);
    expect(names(partsOf(report, "download_artifacts"))).toEqual(["download"]);
    expect(names(partsOf(report, "upload_artifacts_on_success"))).toEqual(["upload"]);
    const [service] = partsOf(report, "prepare_executor").filter((span) => span.name === "service");
    const [, , ready] = partsOf(report, "service");
    expect(service?.endMs).toBeGreaterThanOrEqual(ready?.endMs ?? Infinity);
    expect(report.spans.filter((span) => span.outcome === "error")).toEqual([]);
    expect(report.spans.filter(({ name }) => name === "pull").map(({ attributes }) => attributes["pulled"])).toEqual([
      false,
      false,
      false,
    ]);
    const outside = report.spans.filter((span) => span.place === "outside");
    expect(names(outside)).toEqual(["ask", "removal"]);
    expect(outside[0]?.endMs).toBe(0);
    expect(outside[1]?.startMs).toBeGreaterThanOrEqual(report.durationMs);
    expect(names(report.spans.filter((span) => span.place === "beside"))).toEqual(["accept"]);
  });

  it("say which stage failed, with its exit code, and hold no secret", async () => {
    const job = await agent().start({ script: ["exit 3"], services: [images.tiny], secrets: { S: images.tiny } });
    await agent().ended(job);
    const report = await agent().report(job);
    expect(report.failureReason).toBe("script_failure");
    const failed = phasesOf(report).filter((span) => span.outcome === "error");
    expect(failed).toMatchObject([{ name: "step_script", attributes: { exit_code: 3 } }]);
    expect(names(report.spans)).toContain("service");
    expect(JSON.stringify(report)).not.toContain(images.tiny);
    expect(JSON.stringify(report)).not.toContain(job.token);
  });

  it("are in the agent's debug log", async () => {
    const { job } = await agent().run({ script: ["true"] });
    await agent().report(job);
    const line = agent().lines.find((text) => text.includes(`job ${job.id} took its time`));
    expect(line).toMatch(/\d+ of \d+ ms: receive \d+, prepare_executor \d+, .*step_script \d+.*final \d+/);
  });
});
