import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import { takeSnapshot } from "../../../src/coordinator/embedded/repository-snapshot.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { callsTo } from "./calls.ts";

let root: string;
let source: string;
const environment = { PATH: process.env["PATH"], HOME: "/nonexistent" };
const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"];

/** Never the synchronous form: the coordinator that git talks to lives in this very process. */
async function git(directory: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", [...identity, "-c", "init.defaultBranch=main", ...args], {
    cwd: directory,
    env: { ...environment, GIT_TERMINAL_PROMPT: "0" },
    timeout: 30_000,
  });
  return stdout.trim();
}

async function commitFile(name: string, content: string): Promise<void> {
  await writeFile(join(source, name), content);
  await git(source, "add", "-A");
  await git(source, "commit", "-q", "-m", `add ${name}`);
}

function snapshot(target = join(root, "served.git")) {
  return takeSnapshot({ source, target, pipelineId: 7, environment, signal: AbortSignal.timeout(30_000) });
}

/** Every file below with its contents' hash. */
async function fingerprint(directory: string): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    result[path] = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  }
  return result;
}

function cloneUrl(coordinator: TestCoordinator, job: JobHandle, user = "gitlab-ci-token"): string {
  const url = new URL(`${coordinator.url}/group/project.git`);
  url.username = user;
  url.password = job.token;
  return url.href;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-git-"));
  source = join(root, "source");
  await mkdir(source);
  await git(source, "init", "-q");
  for (const name of ["a", "b", "c"]) await commitFile(name, `${name}\n`);
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("the served repository", () => {
  it("can be cloned with a depth by a running job, uncommitted changes included", async () => {
    await using coordinator = await startTestCoordinator({ environment });
    await writeFile(join(source, ".gitignore"), "ignored\n");
    await writeFile(join(source, "ignored"), "x");
    await writeFile(join(source, "new"), "new\n");
    await writeFile(join(source, "a"), "changed\n");
    await rm(join(source, "b"));
    const taken = await snapshot();
    expect(taken).toMatchObject({ branch: "main", defaultBranch: "main", uncommitted: true, message: "add c" });
    coordinator.serveRepository("group/project", taken.directory);
    const job = await callsTo(coordinator).runningJob();

    const clone = join(root, "clone");
    await git(root, "clone", "-q", "--depth", "1", cloneUrl(coordinator, job), clone);
    expect((await readdir(clone)).toSorted()).toEqual([".git", ".gitignore", "a", "c", "new"]);
    expect(await readFile(join(clone, "a"), "utf8")).toBe("changed\n");
    expect(await git(clone, "rev-list", "--count", "HEAD")).toBe("1");
    await git(clone, "fetch", "-q", "--unshallow");
    expect(await git(clone, "rev-list", "--count", "HEAD")).toBe("4");
  });

  it("gives a job the refs that its refspecs name", async () => {
    await using coordinator = await startTestCoordinator({ environment });
    await git(source, "tag", "v1", "HEAD~1");
    const taken = await snapshot();
    coordinator.serveRepository("group/project", taken.directory);
    const job = await callsTo(coordinator).runningJob();
    const fetched = join(root, "fetched");
    await mkdir(fetched);
    await git(fetched, "init", "-q");
    const refspecs = [
      "+refs/pipelines/7:refs/pipelines/7",
      "+refs/heads/main:refs/remotes/origin/main",
      "+refs/tags/*:refs/tags/*",
    ];
    await git(fetched, "fetch", "-q", "--depth", "20", cloneUrl(coordinator, job), ...refspecs);
    expect(await git(fetched, "rev-parse", "refs/pipelines/7")).toBe(taken.sha);
    expect(await git(fetched, "rev-parse", "refs/tags/v1")).toBe(await git(source, "rev-parse", "HEAD~1"));
    expect(taken.sha).toBe(await git(source, "rev-parse", "HEAD"));
  });

  it("is closed to other tokens, other users and finished jobs", async () => {
    await using coordinator = await startTestCoordinator({ environment });
    coordinator.serveRepository("group/project", (await snapshot()).directory);
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const status = async (authorization: string) => {
      const address = `${coordinator.url}/group/project.git/info/refs?service=git-upload-pack`;
      return (await fetch(address, authorization === "" ? {} : { headers: { authorization } })).status;
    };
    const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    expect(await status(basic("gitlab-ci-token", job.token))).toBe(200);
    expect(await status("")).toBe(401);
    expect(await status(basic("gitlab-ci-token", "wrong"))).toBe(401);
    expect(await status(basic("root", job.token))).toBe(401);
    await calls.update(job, "success");
    expect(await status(basic("gitlab-ci-token", job.token))).toBe(401);
  });

  it("takes no push", async () => {
    await using coordinator = await startTestCoordinator({ environment });
    coordinator.serveRepository("group/project", (await snapshot()).directory);
    const job = await callsTo(coordinator).runningJob();
    await expect(git(source, "push", cloneUrl(coordinator, job), "main:other")).rejects.toThrow(/403/);
  });

  it("serves a large request that git sends compressed", async () => {
    await using coordinator = await startTestCoordinator({ environment });
    for (let n = 0; n < 60; n++)
      await git(source, "tag", `t${n}`, await git(source, "commit-tree", "HEAD^{tree}", "-m", `${n}`));
    coordinator.serveRepository("group/project", (await snapshot()).directory);
    const job = await callsTo(coordinator).runningJob();
    const clone = join(root, "clone");
    await git(root, "-c", "protocol.version=0", "clone", "-q", cloneUrl(coordinator, job), clone);
    expect((await git(clone, "tag")).split("\n")).toHaveLength(60);
  });
});

describe("the user's repository", () => {
  it("stays as it was, byte for byte", async () => {
    await writeFile(join(source, "staged"), "staged\n");
    await git(source, "add", "staged");
    await writeFile(join(source, "a"), "changed\n");
    await writeFile(join(source, "untracked"), "x\n");
    const before = await fingerprint(source);
    const taken = await snapshot();
    expect(await fingerprint(source)).toEqual(before);
    expect((await git(taken.directory, "ls-tree", "--name-only", taken.sha)).split("\n")).toContain("untracked");
  });

  it("is seen with a change that neither size nor time of the file tells", async () => {
    await git(source, "config", "core.trustctime", "false");
    await commitFile("same", "one\n");
    const past = 1_700_000_000;
    await utimes(join(source, "same"), past, past);
    await git(source, "update-index", "--refresh");
    await utimes(join(source, ".git/index"), past, past);
    await writeFile(join(source, "same"), "two\n");
    await utimes(join(source, "same"), past, past);
    const taken = await snapshot();
    expect(await git(taken.directory, "show", `${taken.sha}:same`)).toBe("two");
  });

  it("may have no commit yet", async () => {
    source = join(root, "fresh");
    await mkdir(source);
    await git(source, "init", "-q", "-b", "trunk");
    await writeFile(join(source, "a"), "a");
    const taken = await snapshot();
    expect(taken).toMatchObject({ branch: "trunk", uncommitted: true, parentSha: "0".repeat(40) });
  });

  it("may be a directory without a repository, even inside another one", async () => {
    source = join(source, "inner");
    await mkdir(source);
    await writeFile(join(source, "file"), "x");
    const taken = await snapshot();
    expect(await git(taken.directory, "ls-tree", "-r", "--name-only", taken.sha)).toBe("file");
    expect(await readdir(source)).toEqual(["file"]);
  });

  it("may be a shallow clone or a linked work tree, on no branch", async () => {
    const shallow = join(root, "shallow");
    await git(root, "clone", "-q", "--depth", "2", `file://${source}`, shallow);
    source = join(root, "linked");
    await git(shallow, "worktree", "add", "-q", "--detach", source);
    await writeFile(join(source, "a"), "changed");
    const taken = await snapshot();
    expect(taken.branch).toBe("main");
    expect(await git(taken.directory, "rev-list", "--count", taken.sha)).toBe("3");
  });

  it("keeps the recorded commit of a submodule", async () => {
    const library = join(root, "library");
    await git(root, "clone", "-q", source, library);
    await git(source, "submodule", "--quiet", "add", library, "lib");
    await git(source, "commit", "-q", "-m", "submodule");
    await writeFile(join(source, "lib/a"), "changed in the submodule");
    const taken = await snapshot();
    expect(taken.uncommitted).toBe(false);
    expect(await git(taken.directory, "ls-tree", taken.sha, "lib")).toContain(await git(library, "rev-parse", "HEAD"));
  });

  it("gives a clear error when git is missing", async () => {
    const target = join(root, "x.git");
    const signal = AbortSignal.timeout(10_000);
    const without = takeSnapshot({ source, target, pipelineId: 1, environment: { PATH: "/nonexistent" }, signal });
    await expect(without).rejects.toMatchObject({ code: "GIT_MISSING" });
  });
});
