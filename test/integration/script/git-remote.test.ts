import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { getSourcesScript } from "../../../src/script/git.ts";
import { gitRemote } from "../../../src/script/git-auth.ts";
import { gitSettings } from "../../../src/script/git-settings.ts";
import { serveGit, type GitServer } from "./git-server.ts";
import { bare, git, run, shells, temporaryDirectory, type Shell } from "./shells.ts";

const TOKEN = "s3cr/t&'token";

function commitFile(repository: string, name: string, text: string): void {
  mkdirSync(repository, { recursive: true });
  if (!existsSync(join(repository, ".git"))) git(repository, "init", "-q", "-b", "main");
  writeFileSync(join(repository, name), text);
  git(repository, "add", ".");
  git(repository, "commit", "-q", "-m", text);
}

/** Runs without blocking: the git server lives in this process. */
async function get(shell: Shell, script: string, home: string, ...flags: string[]) {
  const [file = "", ...args] = shell.command;
  const child = spawn(file, [...args, ...flags], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1", GIT_ALLOW_PROTOCOL: "http:file" },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(script);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output: bare(output) };
}

describe.each(shells)("sources over HTTP in $name", (shell) => {
  async function stage(root: string, variables: Readonly<Record<string, string>> = {}) {
    const server = await serveGit(root, `gitlab-ci-token:${TOKEN}`);
    const projectDir = join(root, "builds/p");
    const repoUrl = server.url.replace("//", `//gitlab-ci-token:${encodeURIComponent(TOKEN)}@`) + "group/project/.git";
    const { settings } = gitSettings((key) => variables[key] ?? "", { allowGitFetch: true, depth: 20 });
    const remote = gitRemote({
      repoUrl,
      cloneUrl: "",
      serverUrl: server.url,
      token: TOKEN,
      projectPath: "group/project",
      forceHttps: settings.submodules.forceHttps,
      sshHost: "git.example.com",
      sshPort: "",
    });
    const source = join(root, "group/project");
    const script = () => {
      const sha = git(source, "rev-parse", "HEAD");
      return getSourcesScript({
        projectDir,
        tempDir: `${projectDir}.tmp`,
        remote,
        settings,
        sha,
        ref: "main",
        refspecs: [`+${sha}:refs/pipelines/1`],
        depth: 20,
        objectFormat: "",
        userAgent: "test",
        preHooks: ["git config --global credential.helper 'store --file=stored'"],
      });
    };
    mkdirSync(join(root, "home"), { recursive: true });
    return { server, projectDir, source, script, run: () => get(shell, script(), join(root, "home")) };
  }

  const withServer = async (
    root: string,
    variables: Readonly<Record<string, string>>,
    body: (made: Awaited<ReturnType<typeof stage>>, server: GitServer) => Promise<void>,
  ) => {
    const made = await stage(root, variables);
    await using server = made.server;
    await body(made, server);
  };

  it("gives the token to the server and to nobody else", async () => {
    using root = temporaryDirectory();
    commitFile(join(root.path, "group/project"), "file", "one");
    await withServer(root.path, {}, async ({ run, projectDir }, server) => {
      const { code, output } = await run();
      expect(output).not.toMatch(/fatal|error/);
      expect(code).toBe(0);
      expect(server.logins).toContain(`gitlab-ci-token:${TOKEN}`);
      const config = readFileSync(join(projectDir, ".git/config"), "utf8");
      expect(config).toContain(server.url);
      expect(config).not.toContain("gitlab-ci-token");
      expect(existsSync(join(root.path, "stored")) || existsSync(join(projectDir, "stored"))).toBe(false);
      // What the job's own `git fetch` needs is there all the same.
      const again = await get(shell, `cd ${projectDir}; git fetch -q origin\n`, join(root.path, "home"));
      expect(again).toMatchObject({ code: 0 });
    });
  });

  it("fetches submodules of the same server, nested ones only with recursive, and brings them up to date", async () => {
    using root = temporaryDirectory();
    const at = (name: string) => join(root.path, "group", name);
    const variables = { GIT_SUBMODULE_STRATEGY: "recursive", GIT_SUBMODULE_FORCE_HTTPS: "true" };
    commitFile(at("inner"), "inner", "inner one");
    commitFile(at("sub"), "sub", "sub one");
    await withServer(root.path, variables, async ({ run, projectDir, source }, server) => {
      const add = (repository: string, url: string, path: string) => {
        writeFileSync(join(repository, ".gitmodules"), `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`);
        const from = git(at(path.replace("hooks", "sub")), "rev-parse", "HEAD");
        git(repository, "update-index", "--add", "--cacheinfo", `160000,${from},${path}`);
        git(repository, "add", ".gitmodules");
        git(repository, "commit", "-q", "-m", "add");
      };
      add(at("sub"), "git@git.example.com:group/inner/.git", "inner");
      commitFile(source, "file", "one");
      // A submodule whose name is that of a directory which is cleaned.
      add(source, `${server.url}group/sub/.git`, "hooks");
      const first = await run();
      expect(first.output).not.toMatch(/fatal|error/);
      expect(first.code).toBe(0);
      expect(first.output).toContain("Updating/initializing submodules recursively with git depth set to 20...\n");
      expect(first.output).toContain("Updated submodules\n");
      expect(readFileSync(join(projectDir, "hooks/sub"), "utf8")).toBe("sub one");
      expect(readFileSync(join(projectDir, "hooks/inner/inner"), "utf8")).toBe("inner one");

      commitFile(at("sub"), "sub", "sub two");
      add(source, `${server.url}group/sub/.git`, "hooks");
      writeFileSync(join(projectDir, "hooks/left"), "");
      writeFileSync(join(projectDir, ".git/modules/hooks/index.lock"), "");
      const second = await run();
      expect(second.output).not.toMatch(/fatal|error/);
      expect(second.code).toBe(0);
      expect(readFileSync(join(projectDir, "hooks/sub"), "utf8")).toBe("sub two");
      expect(existsSync(join(projectDir, "hooks/left"))).toBe(false);
      expect(readFileSync(join(projectDir, ".git/modules/hooks/config"), "utf8")).not.toContain("gitlab-ci-token");
    });
  });

  it("tries a failed update of submodules once more, and then fails", async () => {
    using root = temporaryDirectory();
    commitFile(join(root.path, "group/project"), "file", "one");
    await withServer(root.path, { GIT_SUBMODULE_STRATEGY: "normal" }, async ({ run, source }, server) => {
      writeFileSync(join(source, ".gitmodules"), `[submodule "x"]\n\tpath = x\n\turl = ${server.url}nothing\n`);
      git(source, "update-index", "--add", "--cacheinfo", `160000,${"1".repeat(40)},x`);
      git(source, "add", ".gitmodules");
      git(source, "commit", "-q", "-m", "broken");
      const { code, output } = await run();
      expect(code).not.toBe(0);
      expect(output).toContain("Updating submodules failed. Retrying...\n");
    });
  });

  it("says so when the repository needs git-lfs and the helper has none", async () => {
    using root = temporaryDirectory();
    const source = join(root.path, "group/project");
    commitFile(source, "file", "one");
    mkdirSync(join(source, "deep"));
    commitFile(source, "deep/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    await withServer(root.path, {}, async ({ script }) => {
      const noLfs = script().replaceAll("git lfs version", "git no-such-command");
      const { code, output } = await get(shell, noLfs, join(root.path, "home"));
      expect(code).toBe(0);
      expect(output).toContain("the helper image has no git-lfs");
    });
  });
});

describe.runIf(spawnSync("git", ["lfs", "version"]).status === 0)("a repository with Git LFS", () => {
  it("has its large files after the checkout, unless the job skips them", () => {
    using root = temporaryDirectory();
    const [shell] = shells;
    if (shell === undefined) throw new Error("no shell");
    const home = join(root.path, "home");
    const lfs = (cwd: string, ...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
        cwd,
        stdio: "ignore",
        env: { ...process.env, HOME: home },
      });
    mkdirSync(home);
    const source = join(root.path, "source");
    lfs(root.path, "init", "-q", "-b", "main", "source");
    lfs(source, "lfs", "install", "--local");
    lfs(source, "lfs", "track", "*.bin");
    writeFileSync(join(source, "a.bin"), "large");
    lfs(source, "add", ".");
    lfs(source, "commit", "-qm", "x");
    lfs(root.path, "init", "-q", "--bare", "origin.git");
    lfs(source, "push", "-q", `file://${root.path}/origin.git`, "main");

    const projectDir = join(root.path, "builds/p");
    const fetched = (skip: string) => {
      const { settings } = gitSettings((key) => (key === "GIT_LFS_SKIP_SMUDGE" ? skip : ""), {
        allowGitFetch: false,
        depth: 20,
      });
      const remote = { url: `file://${root.path}/origin.git`, rewrites: [] };
      const sha = git(source, "rev-parse", "HEAD");
      const script = getSourcesScript({
        projectDir,
        tempDir: `${projectDir}.tmp`,
        remote,
        settings,
        sha,
        ref: "main",
        refspecs: ["+refs/heads/main:refs/remotes/origin/main"],
        depth: 20,
        objectFormat: "",
        userAgent: "test",
      });
      const { code } = run(shell, script, { HOME: home, GIT_CONFIG_NOSYSTEM: "1", GIT_LFS_SKIP_SMUDGE: skip });
      expect(code).toBe(0);
      return readFileSync(join(projectDir, "a.bin"), "utf8");
    };
    expect(fetched("1")).toContain("version https://git-lfs");
    expect(fetched("")).toBe("large");
  });
});
