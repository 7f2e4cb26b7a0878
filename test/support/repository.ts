import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { JobParts } from "../../src/coordinator/embedded/job-record.ts";
import { type ScriptJob, scriptJob } from "./coordinator.ts";

type GitInfo = NonNullable<JobParts["git_info"]>;

/** A repository with a bare twin that a coordinator can serve as group/project. */
export interface TestRepository extends AsyncDisposable {
  readonly bare: string;
  /** The last commit of main. */
  readonly head: string;
  /** Adds or replaces files, and returns the new commit. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
  /** Adds another repository's head as a submodule whose URL is `url`. */
  addSubmodule(url: string, other: TestRepository, path: string): Promise<string>;
  /** Any git command in the work tree, whose `origin` is the bare twin. */
  git(...args: string[]): Promise<string>;
  gitInfo(coordinatorUrl: string, token: string, sha: string, depth: number): GitInfo;
  /** A job whose sources are this repository's at `sha`. */
  jobParts(coordinatorUrl: string, token: string, sha: string, job: ScriptJob): JobParts;
}

const identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];

/** Never the synchronous form: the coordinator that git talks to may live in this very process. */
async function git(directory: string, ...args: string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: "/nonexistent", GIT_TERMINAL_PROMPT: "0" };
  const { stdout } = await promisify(execFile)("git", [...identity, ...args], { cwd: directory, env, timeout: 30_000 });
  return stdout.trim();
}

export async function createRepository(objectFormat: "sha1" | "sha256" = "sha1"): Promise<TestRepository> {
  const root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const [work, bare] = [join(root, "work"), join(root, "bare.git")];
  await mkdir(work);
  await git(work, "init", "-q", `--object-format=${objectFormat}`);
  await git(root, "init", "-q", `--object-format=${objectFormat}`, "--bare", bare);
  await git(work, "remote", "add", "origin", bare);
  let head = "";
  const publish = async () => {
    await git(work, "commit", "-q", "-m", "change");
    await git(work, "push", "-q", bare, "main");
    head = await git(work, "rev-parse", "HEAD");
    return head;
  };
  const gitInfo = (coordinatorUrl: string, token: string, sha: string, depth: number): GitInfo => {
    const url = new URL(`${coordinatorUrl}/group/project.git`);
    if (token !== "") [url.username, url.password] = ["gitlab-ci-token", token];
    const refspecs = ["+refs/heads/main:refs/remotes/origin/main"];
    return { repo_url: url.href, ref: "main", sha, before_sha: sha, ref_type: "branch", refspecs, depth };
  };
  return {
    bare,
    get head() {
      return head;
    },
    git: (...args) => git(work, ...args),
    commit: async (files) => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(work, path)), { recursive: true });
        await writeFile(join(work, path), content);
        await git(work, "add", path);
      }
      return publish();
    },
    addSubmodule: async (url, other, path) => {
      await writeFile(join(work, ".gitmodules"), `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`);
      await git(work, "update-index", "--add", "--cacheinfo", `160000,${other.head},${path}`);
      await git(work, "add", ".gitmodules");
      return publish();
    },
    gitInfo,
    jobParts: (coordinatorUrl, token, sha, job) => {
      const parts = scriptJob(job);
      const depth = Number(job.variables?.["GIT_DEPTH"] ?? 0);
      return { ...parts, git_info: gitInfo(coordinatorUrl, token, sha, depth) };
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
