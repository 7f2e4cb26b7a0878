import { describe, expect, it } from "vitest";
import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({
  concurrent: 3,
  runners: [{}, ...["a", "b", "c"].map((tag) => ({ tag, settings: "limit = 1" }))],
});

type Cache = NonNullable<JobParts["cache"]>[number];

/** Jobs of one tag run in one slot, one after another; those of another tag share no cache with them. */
const run = (tag: string, script: string[], ...caches: Cache[]) =>
  agent().run(
    { script, parts: { cache: caches.map((cache) => ({ paths: ["kept"], policy: "pull-push", ...cache })) } },
    tag,
  );

const write = ["mkdir -p kept; echo $CI_JOB_ID >>kept/jobs; wc -l <kept/jobs"];
const look = ["cat kept/jobs 2>/dev/null | wc -l"];

describe.concurrent("a cache", () => {
  it("is restored in the next job of its slot, by its key", async () => {
    const key = "$CI_RUNNER_SHORT_TOKEN/deps";
    const first = await run("a", write, { key });
    expect(first.log).toMatch(/Checking cache for .*\/deps\.\.\.\n[^]*WARNING: Cache file does not exist/);
    expect(first.log).toContain("Created cache\n");
    const second = await run("a", write, { key });
    expect(second.log).toContain("Successfully extracted cache\n");
    expect(second.log).toContain("\n2\n");
    const other = await run("a", look, { key: "another" });
    expect(other.log).toContain("\n0\n");
  });

  it("falls back to the first of its fallback keys that is there", async () => {
    await run("b", write, { key: "main" });
    const { log } = await run("b", look, { key: "feature", fallback_keys: ["nothing", "main"] });
    expect(log).toMatch(
      /Checking cache for feature[^]*Checking cache for nothing[^]*Checking cache for main[^]*Successfully extracted/,
    );
    expect(log).toContain("\n1\n");
  });

  it("is only read with the policy pull, only written with push, and kept from failed jobs", async () => {
    await run("c", write, { key: "p", policy: "push" });
    const pulled = await run("c", write, { key: "p", policy: "pull" });
    expect(pulled.log).toContain("\n2\n");
    const pushed = await run("c", look, { key: "p", policy: "push" });
    expect(pushed.log).toContain("Not downloading cache p due to policy");
    const failed = await run("c", [...write, "false"], { key: "p" });
    expect(failed.log).not.toContain("Creating cache");
    const last = await run("c", look, { key: "p" });
    expect(last.log).toContain("\n1\n");
  });

  it("of a failed job is saved when it is wanted then", async () => {
    const { job, log } = await agent().run({
      script: [...write, "exit 2"],
      parts: { cache: [{ key: "f", paths: ["kept"], when: "on_failure", policy: "pull-push" }] },
    });
    expect(job.exitCode).toBe(2);
    expect(log).toContain("Saving cache for failed job\n");
    expect(log).toContain("Created cache\n");
  });
});

describe("a cache that has not changed", () => {
  it("is not written again", async () => {
    await run("a", write, { key: "same" });
    const second = await run("a", look, { key: "same" });
    expect(second.log).toContain("Archive is up to date!\n");
  });
});

describe("cache_dir", () => {
  it("nothing matching is no failure", async () => {
    const { job, log } = await run("b", ["true"], { key: "none", paths: ["nowhere"] });
    expect(job.state).toBe("success");
    expect(log).toContain("nowhere: no matching files");
  });
});
