import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GetSourcesOptions, getSourcesScript } from "../../../src/script/git.ts";
import { gitRemote } from "../../../src/script/git-auth.ts";
import { gitSettings } from "../../../src/script/git-settings.ts";
import { git, type Outcome, run, type Shell } from "./shells.ts";

/** A repository with the commits one, two, three of the file `file`, and a place for jobs. */
export function scene(root: string) {
  const origin = join(root, "origin");
  mkdirSync(join(root, "home"));
  git(root, "init", "-q", "-b", "main", "origin");
  for (const word of ["one", "two", "three"]) {
    writeFileSync(join(origin, "file"), word);
    writeFileSync(join(origin, ".gitignore"), "ignored\n");
    git(origin, "add", ".");
    git(origin, "commit", "-q", "-m", word);
  }
  const projectDir = join(root, "builds/group/project");
  return { origin, projectDir, tempDir: `${projectDir}.tmp` };
}

export type Variables = Readonly<Record<string, string>>;

export function sources(
  root: string,
  variables: Variables = {},
  more: Partial<GetSourcesOptions> = {},
): GetSourcesOptions {
  const { origin, projectDir, tempDir } = { origin: join(root, "origin"), ...places(root) };
  const sha = existsSync(origin) ? git(origin, "rev-parse", "HEAD") : "";
  const url = `file://${origin}`;
  return {
    projectDir,
    tempDir,
    sha,
    ref: "main",
    refspecs: [`+${sha}:refs/pipelines/7`, "+refs/heads/main:refs/remotes/origin/main"],
    depth: 20,
    objectFormat: "sha1",
    userAgent: "gitlab-runner 19.4.0 linux/amd64",
    remote: gitRemote({
      repoUrl: url,
      cloneUrl: "",
      serverUrl: "",
      token: "",
      projectPath: "",
      forceHttps: false,
      sshHost: "",
      sshPort: "",
    }),
    settings: gitSettings((key) => variables[key] ?? "", { allowGitFetch: true, depth: more.depth ?? 20 }).settings,
    ...more,
  };
}

function places(root: string) {
  const projectDir = join(root, "builds/group/project");
  return { projectDir, tempDir: `${projectDir}.tmp` };
}

/** Runs the get_sources stage. */
export function getSources(
  shell: Shell,
  root: string,
  variables: Variables = {},
  more: Partial<GetSourcesOptions> = {},
): Outcome {
  return run(shell, getSourcesScript(sources(root, variables, more)), {
    HOME: join(root, "home"),
    GIT_ALLOW_PROTOCOL: "file:http",
    GIT_CONFIG_NOSYSTEM: "1",
  });
}
