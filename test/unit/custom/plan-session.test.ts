import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunnerConfig } from "../../../src/config/schema.ts";
import { buildsDirOf, readJobResponse } from "../../../src/custom/plan-session.ts";
import type { JobPlan } from "../../../src/job/plan.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-test-"));
});
afterEach(() => rm(root, { recursive: true }));

describe("JOB_RESPONSE_FILE", () => {
  const job = {
    id: 7,
    token: "t",
    job_info: { name: "j", stage: "s", project_id: 1, project_name: "p" },
    git_info: { repo_url: "https://gitlab.test/g/p.git", ref: "main", sha: "0", refspecs: null },
    secrets: { PASSWORD: { vault: {} } },
  };

  it("is the job, whose secrets the runner has resolved", async () => {
    const file = join(root, "response.json");
    await writeFile(file, JSON.stringify(job));
    expect(await readJobResponse(file)).toMatchObject({ id: 7, token: "t", secrets: null });
  });

  it("is missed, or not understood, without a word of what it holds", async () => {
    const file = join(root, "response.json");
    await expect(readJobResponse(file)).rejects.toMatchObject({ code: "CUSTOM_JOB" });
    await writeFile(file, JSON.stringify({ ...job, id: "a secret" }));
    await expect(readJobResponse(file)).rejects.toMatchObject({
      code: "CUSTOM_JOB",
      message: expect.not.stringContaining("a secret") as string,
    });
    await writeFile(file, `{"token":a secret}`);
    await expect(readJobResponse(file)).rejects.toMatchObject({
      code: "CUSTOM_JOB",
      message: expect.not.stringContaining("a secret") as string,
    });
  });
});

describe("what the runner is told of the builds", () => {
  const entry = { builds_dir: "/builds", token: "GR0000000t1_abcdef" } as RunnerConfig;
  const directory = (projectDir: string) => buildsDirOf({ projectDir } as JobPlan, entry, "3");

  it("is the directory, and whether its jobs have one each below it", () => {
    expect(directory("/builds/t1_abcdef/3/g/p")).toEqual({ directory: "/builds", isShared: true });
    expect(directory("/builds/g/p")).toEqual({ directory: "/builds", isShared: false });
  });
});
