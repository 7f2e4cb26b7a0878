import { createHash } from "node:crypto";
import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import { type ScriptJob, scriptJob } from "../../support/coordinator.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import type { Surroundings, World } from "../world.ts";
import { serveLargeFiles } from "./lfs-server.ts";

type GitInfo = NonNullable<JobParts["git_info"]>;

/** The projects of group/ that the cases are about. */
type Project = "project" | "modules" | "over-ssh" | "hashed" | "large" | "library" | "other";

/** A job with sources; by default those of the project's main branch. */
export interface SourceJob extends ScriptJob {
  readonly project?: Project;
  /** What git_info says otherwise. */
  readonly git?: Partial<GitInfo>;
  readonly allowGitFetch?: boolean;
}

export const largeText = "the content of a large file\n";

const repositories = new Map<string, TestRepository>();

/** Makes the projects and lets the coordinator serve them. */
export async function prepareProjects(world: Surroundings): Promise<AsyncDisposable> {
  const { coordinator } = world;
  const own = new AsyncDisposableStack();
  const make = async (name: string, format: "sha1" | "sha256" = "sha1") => {
    const repository = own.use(await createRepository(format));
    repositories.set(name, repository);
    coordinator.serveRepository(`group/${name}`, repository.bare);
    return repository;
  };
  const [project, inner, library, other, modules, overSsh, hashed, large] = await Promise.all([
    make("project"),
    make("inner"),
    make("library"),
    make("other"),
    make("modules"),
    make("over-ssh"),
    make("hashed", "sha256"),
    make("large"),
  ]);

  await project.commit({ "a.txt": "first\n" });
  await project.git("tag", "v1");
  await project.git("push", "-q", "origin", "v1", "main:refs/merge-requests/1/head");
  await project.commit({ "a.txt": "second\n", "script.sh": "echo from the repository\n" });
  await project.commit({ ".gitignore": "ignored\n" });
  await inner.commit({ "inner.txt": "of the inner one\n" });
  await library.commit({ "lib.txt": "of the library\n" });
  await library.addSubmodule("../inner.git", inner, "inner");
  await other.commit({ "other.txt": "of the other one\n" });
  await modules.addSubmodule("../library.git", library, "lib");
  await modules.git("config", "-f", ".gitmodules", "submodule.abs.path", "abs");
  await modules.git("config", "-f", ".gitmodules", "submodule.abs.url", `${coordinator.url}/group/other.git`);
  await modules.git("update-index", "--add", "--cacheinfo", `160000,${other.head},abs`);
  await modules.git("add", ".gitmodules");
  await modules.commit({ "own.txt": "own\n" });
  await library.commit({ "lib.txt": "of a newer library\n" });
  await overSsh.addSubmodule(`git@${new URL(coordinator.url).hostname}:group/other.git`, other, "abs");
  await hashed.commit({ "a.txt": "of sha256\n" });

  const oid = createHash("sha256").update(largeText).digest("hex");
  const server = own.use(await serveLargeFiles(new URL(coordinator.url).hostname, new Map([[oid, largeText]])));
  await large.commit({
    ".lfsconfig": `[lfs]\n\turl = ${server.url}\n\tlocksverify = false\n`,
    "large.bin": `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${largeText.length}\n`,
    "plain.txt": "plain\n",
  });
  await large.commit({ ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n" });
  return own;
}

export function headOf(project: Project): string {
  return repositoryOf(project).head;
}

export function repositoryOf(project: Project): TestRepository {
  const repository = repositories.get(project);
  if (repository === undefined) throw new Error(`there is no project ${project} yet`);
  return repository;
}

/** The payload of a job with sources. */
export function sourceParts(world: World, token: string, job: SourceJob): JobParts {
  const { project = "project", git = {}, allowGitFetch = true } = job;
  const sha = git.sha ?? headOf(project);
  const url = new URL(`${world.coordinator.url}/group/${project}.git`);
  [url.username, url.password] = ["gitlab-ci-token", token];
  const info: GitInfo = {
    repo_url: url.href,
    repo_object_format: project === "hashed" ? "sha256" : "sha1",
    ref: "main",
    sha,
    before_sha: sha,
    ref_type: "branch",
    refspecs: ["+refs/heads/main:refs/remotes/origin/main"],
    depth: 20,
    ...git,
  };
  const known = {
    CI_PROJECT_PATH: `group/${project}`,
    CI_SERVER_URL: world.coordinator.url,
    CI_SERVER_HOST: url.hostname,
  };
  const parts = scriptJob({ ...job, variables: { ...known, ...job.variables } });
  return { ...parts, git_info: info, allow_git_fetch: allowGitFetch };
}

/** The job of a case; whatever slot it gets, its directory is its own, unless it says otherwise. */
export const sources = (job: SourceJob) => (world: World, token: string) =>
  sourceParts(world, token, { allowGitFetch: false, ...job });

/** Runs one of a story's jobs, which fetches into what the slot's last one left. */
export async function runSources(world: World, job: SourceJob) {
  return world.ended(await world.start((token) => sourceParts(world, token, job)));
}
