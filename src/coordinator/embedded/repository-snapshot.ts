import { copyFile, mkdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { git, tryGit, type GitContext } from "./git-command.ts";
import { readCommit, type CommitFacts } from "./repository-facts.ts";

/** A state of a repository that jobs can fetch: its refs, and the work tree as a commit. */
export interface RepositorySnapshot extends CommitFacts {
  /** The bare repository to serve. */
  readonly directory: string;
  /** The branch that the commit is the head of. */
  readonly branch: string;
  readonly defaultBranch: string;
  /** Full name of the ref that a pipeline of this snapshot is kept by. */
  readonly pipelineRef: string;
  /** True when the commit holds changes that the user has not committed. */
  readonly uncommitted: boolean;
  /** URL of the remote `origin`; "" without. */
  readonly originUrl: string;
}

export interface SnapshotOptions {
  /** A directory with a repository of its own, or any directory: then all its files are the first commit of one. */
  readonly source: string;
  /** Where the bare repository is made; parent directories too. Nothing is written anywhere else. */
  readonly target: string;
  readonly pipelineId: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Settings that keep `git add` from writing beside the index it is told: LFS objects, shared indexes, caches. */
function quietConfig(target: string): Record<string, string> {
  const settings: readonly [string, string][] = [
    ["core.splitIndex", "false"],
    ["core.untrackedCache", "false"],
    ["core.fsmonitor", "false"],
    ["gc.auto", "0"],
    ["maintenance.auto", "false"],
    ["advice.addEmbeddedRepo", "false"],
    ["lfs.storage", join(target, "lfs")],
  ];
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return environment;
}

/**
 * Makes a bare repository that borrows the user's objects (alternates) and keeps its own: uncommitted changes become
 * a commit there, as `git add --all` would see them, so .gitignore is respected. The user's repository is only read.
 *
 * @throws AgentError GIT_*
 */
export async function takeSnapshot(options: SnapshotOptions): Promise<RepositorySnapshot> {
  const { source, target, environment, signal } = options;
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const bare: GitContext = { directory: target, environment, signal, git: { GIT_DIR: target } };
  const own = await hasOwnRepository(source);
  const user: GitContext | null = own ? { directory: source, environment, signal } : null;
  const format = user === null ? "sha1" : await git(user, ["rev-parse", "--show-object-format"]);
  await git(bare, ["init", "--quiet", "--bare", `--object-format=${format}`, target]);
  await git(bare, ["config", "uploadpack.allowFilter", "true"]);
  await git(bare, ["config", "uploadpack.allowAnySHA1InWant", "true"]);

  const head = user === null ? unborn("main") : await borrow(user, target);
  if (user !== null) await copyRefs(user, bare);
  const tree = await writeTree(options, user);
  const headTree = head.sha === "" ? "" : await git(bare, ["rev-parse", `${head.sha}^{tree}`]);
  const uncommitted = tree !== headTree;
  const sha = uncommitted ? await commit(bare, tree, head.sha) : head.sha;

  const pipelineRef = `refs/pipelines/${options.pipelineId}`;
  await git(bare, ["update-ref", `refs/heads/${head.branch}`, sha]);
  await git(bare, ["update-ref", pipelineRef, sha]);
  const defaultBranch = await findDefaultBranch(user, bare, head.branch);
  await git(bare, ["symbolic-ref", "HEAD", `refs/heads/${defaultBranch}`]);
  await git(bare, ["update-server-info"]);
  return {
    directory: target,
    branch: head.branch,
    defaultBranch,
    pipelineRef,
    uncommitted,
    originUrl: user === null ? "" : (await tryGit(user, ["config", "remote.origin.url"])).stdout.trim(),
    ...(await readCommit(bare, sha)),
  };
}

/** Only a repository whose root the directory is: a directory inside a larger one stands for itself. */
async function hasOwnRepository(source: string): Promise<boolean> {
  return stat(join(source, ".git")).then(
    () => true,
    () => false,
  );
}

interface Head {
  readonly branch: string;
  /** "" without any commit. */
  readonly sha: string;
}

function unborn(branch: string): Head {
  return { branch, sha: "" };
}

/** Points the bare repository at the user's objects, with the borders of a shallow clone, and says where HEAD is. */
async function borrow(user: GitContext, target: string): Promise<Head> {
  const path = async (name: string) => resolve(user.directory, await git(user, ["rev-parse", "--git-path", name]));
  await writeFile(join(target, "objects/info/alternates"), `${await path("objects")}\n`);
  await copyFile(await path("shallow"), join(target, "shallow")).catch(() => undefined);
  const sha = (await tryGit(user, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])).stdout.trim();
  const branch = (await tryGit(user, ["symbolic-ref", "--quiet", "--short", "HEAD"])).stdout.trim();
  if (branch !== "") return { branch, sha };
  const here = await git(user, ["for-each-ref", "--points-at", "HEAD", "--format=%(refname:short)", "refs/heads"]);
  return { branch: here.split("\n")[0] || `detached-${sha.slice(0, 8)}`, sha };
}

async function copyRefs(user: GitContext, bare: GitContext): Promise<void> {
  const refs = await git(user, ["for-each-ref", "--format=create %(refname) %(objectname)", "refs/heads", "refs/tags"]);
  if (refs !== "") await git(bare, ["update-ref", "--stdin"], `${refs}\n`);
}

/** The tree of everything that is not ignored, through an index in the target that starts as a copy of the user's. */
async function writeTree(options: SnapshotOptions, user: GitContext | null): Promise<string> {
  const { source, target } = options;
  const index = join(target, "snapshot-index");
  const variables: Record<string, string> = {
    ...quietConfig(target),
    GIT_WORK_TREE: source,
    GIT_INDEX_FILE: index,
    GIT_OBJECT_DIRECTORY: join(target, "objects"),
  };
  const context = { directory: source, environment: options.environment, signal: options.signal };
  if (user === null) {
    variables["GIT_DIR"] = target;
  } else {
    const path = async (name: string) => resolve(source, await git(user, ["rev-parse", "--git-path", name]));
    variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = await path("objects");
    await copyIndex(await path("index"), index);
  }
  await git({ ...context, git: variables }, ["add", "--all", "--", "."]);
  return git({ ...context, git: variables }, ["write-tree"]);
}

/**
 * The copy must not look younger than the original: git takes a file that was changed in the second in which its index
 * was written for unchanged, unless the index is as old as the file.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  const original = await stat(from).catch(() => null);
  if (original === null) return;
  await copyFile(from, to);
  const second = Math.floor(original.mtimeMs / 1000);
  await utimes(to, second, second);
}

/** A commit that looks like the head with the changes in it: author and message are the head's. */
async function commit(bare: GitContext, tree: string, parent: string): Promise<string> {
  const facts = parent === "" ? null : await readCommit(bare, parent);
  const author = facts?.author ?? { name: "Longshore", email: "longshore@localhost" };
  const identity = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
  };
  const context = { ...bare, git: { ...bare.git, ...identity } };
  const message = facts?.message ?? "Uncommitted files";
  return git(context, ["commit-tree", tree, ...(parent === "" ? [] : ["-p", parent]), "-F", "-"], message);
}

async function findDefaultBranch(user: GitContext | null, bare: GitContext, current: string): Promise<string> {
  if (user === null) return current;
  const remote = await tryGit(user, ["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]);
  const named = remote.stdout.trim().replace(/^origin\//, "");
  if (named !== "") return named;
  for (const branch of ["main", "master"]) {
    const found = await tryGit(bare, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]);
    if (found.exitCode === 0) return branch;
  }
  return current;
}
