import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clearWorktreeScript, type GetSourcesOptions, getSourcesScript } from "../../../src/script/git.ts";
import { getSources, scene, sources, type Variables } from "./git-scene.ts";
import { bare, git, run, shells, temporaryDirectory } from "./shells.ts";
import { cleanupScript } from "../../../src/script/cleanup.ts";

describe.each(shells)("get_sources in $name", (shell) => {
  const get = (root: string, variables: Variables = {}, more: Partial<GetSourcesOptions> = {}) =>
    getSources(shell, root, variables, more);

  it("fetches into a fresh directory and says what GitLab Runner says", () => {
    using root = temporaryDirectory();
    const { projectDir, tempDir, origin } = scene(root.path);
    const sha = git(origin, "rev-parse", "HEAD");
    const { code, stdout, stderr } = get(root.path);
    expect(stderr).not.toMatch(/error|fatal|hint/i);
    expect(code).toBe(0);
    expect(bare(stdout)).toBe(
      [
        "Fetching changes with git depth set to 20...",
        `Initialized empty Git repository in ${projectDir}/.git/`,
        "Created fresh repository.",
        `Checking out ${sha.slice(0, 8)} as detached HEAD (ref is main)...`,
        "Skipping Git submodules setup",
        "",
      ].join("\n"),
    );
    expect(readFileSync(join(projectDir, "file"), "utf8")).toBe("three");
    expect(git(projectDir, "rev-parse", "HEAD", "refs/pipelines/7", "refs/remotes/origin/main")).toBe(
      `${sha}\n${sha}\n${sha}`,
    );
    expect(git(projectDir, "config", "include.path")).toBe(`${tempDir}/.gitlab-runner.ext.conf`);
    expect(git(projectDir, "remote", "get-url", "origin")).toBe(`file://${origin}`);
    expect(statSync(join(projectDir, "file")).mode & 0o777).toBe(0o666);
  });

  it("fetches only as deep as it is told, and all of it when the depth goes away", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    expect(get(root.path, {}, { depth: 1 }).code).toBe(0);
    expect(git(projectDir, "rev-list", "--count", "HEAD")).toBe("1");
    const { code, stdout } = get(root.path, {}, { depth: 0 });
    expect(code).toBe(0);
    expect(bare(stdout)).toContain("Fetching changes...\n");
    expect(git(projectDir, "rev-list", "--count", "HEAD")).toBe("3");
    expect(get(root.path, {}, { depth: 0 }).code).toBe(0);
  });

  it("brings a used directory to the new commit and removes what a killed or hostile job left", () => {
    using root = temporaryDirectory();
    const { projectDir, origin } = scene(root.path);
    get(root.path);
    for (const lock of ["index.lock", "shallow.lock", "HEAD.lock", "config.lock", "refs/remotes/origin/main.lock"]) {
      writeFileSync(join(projectDir, ".git", lock), "");
    }
    mkdirSync(join(projectDir, ".git/hooks"), { recursive: true });
    writeFileSync(join(projectDir, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${root.path}/hooked\n`, {
      mode: 0o755,
    });
    git(projectDir, "config", "-f", ".git/config2", "a.b", "c");
    writeFileSync(join(projectDir, ".git/config"), `[core]\n\tfsmonitor = touch ${root.path}/owned\n`);
    writeFileSync(join(projectDir, "file"), "changed");
    for (const name of ["left", "ignored"]) writeFileSync(join(projectDir, name), "");
    writeFileSync(join(origin, "file"), "four");
    git(origin, "commit", "-qam", "four");

    const { code, stdout, stderr } = get(root.path);
    expect(stderr).not.toMatch(/error|fatal/i);
    expect(code).toBe(0);
    expect(bare(stdout)).not.toContain("Created fresh repository.");
    expect(bare(stdout)).toContain("Removing ignored\nRemoving left\n");
    expect(readFileSync(join(projectDir, "file"), "utf8")).toBe("four");
    expect(existsSync(join(root.path, "hooked"))).toBe(false);
    expect(existsSync(join(root.path, "owned"))).toBe(false);
    expect(git(projectDir, "config", "include.path")).toContain(".gitlab-runner.ext.conf");
  });

  it("keeps the job's git config when config.toml says so, and still finds the sources", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    get(root.path);
    git(projectDir, "config", "user.name", "kept");
    git(projectDir, "remote", "set-url", "origin", "file:///nowhere");
    mkdirSync(join(projectDir, ".git/hooks"), { recursive: true });
    writeFileSync(join(projectDir, ".git/hooks/post-checkout"), `#!/bin/sh\ntouch ${root.path}/hooked\n`, {
      mode: 0o755,
    });
    expect(get(root.path, {}, { cleanGitConfig: false }).code).toBe(0);
    expect(git(projectDir, "config", "--get", "--local", "user.name")).toBe("kept");
    expect(existsSync(join(root.path, "hooked"))).toBe(false);
    expect(git(projectDir, "config", "--get-all", "include.path").split("\n")).toHaveLength(1);
  });

  it("starts from nothing with GIT_STRATEGY clone", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    get(root.path);
    writeFileSync(join(projectDir, ".git/mark"), "");
    const { code, stdout } = get(root.path, { GIT_STRATEGY: "clone" });
    expect(code).toBe(0);
    expect(bare(stdout)).toContain("Created fresh repository.");
    expect(existsSync(join(projectDir, ".git/mark"))).toBe(false);
  });

  it("leaves everything as it is with none, and makes an empty directory with empty", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    const none = get(root.path, { GIT_STRATEGY: "none" }, { preHooks: ["echo hook"] });
    expect(none.code).toBe(0);
    expect(bare(none.stdout)).toBe(
      "Skipping Git repository setup\nSkipping Git checkout\nSkipping Git submodules setup\n",
    );
    writeFileSync(join(projectDir, "left"), "");
    expect(get(root.path, { GIT_STRATEGY: "none" }).code).toBe(0);
    expect(existsSync(join(projectDir, "left"))).toBe(true);
    const empty = get(root.path, { GIT_STRATEGY: "empty" });
    expect(bare(empty.stdout)).toContain("Skipping Git repository setup and creating an empty build directory\n");
    expect(existsSync(projectDir)).toBe(true);
    expect(existsSync(join(projectDir, "left"))).toBe(false);
  });

  it("fetches without checking out when GIT_CHECKOUT is false", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    const { code, stdout } = get(root.path, { GIT_CHECKOUT: "false" });
    expect(code).toBe(0);
    expect(bare(stdout)).toContain("Skipping Git checkout\n");
    expect(existsSync(join(projectDir, "file"))).toBe(false);
  });

  it("keeps what GIT_CLEAN_FLAGS excludes", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    get(root.path);
    for (const name of ["keep me", "left"]) writeFileSync(join(projectDir, name), "");
    get(root.path, { GIT_CLEAN_FLAGS: "-ffdx -e keep*" });
    expect([existsSync(join(projectDir, "keep me")), existsSync(join(projectDir, "left"))]).toEqual([true, false]);
    writeFileSync(join(projectDir, "left"), "");
    get(root.path, { GIT_CLEAN_FLAGS: "none" });
    expect(existsSync(join(projectDir, "left"))).toBe(true);
  });

  it("runs the hooks in the same shell, around the work, and fails with them", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    const hooks = {
      preHooks: ["export WHO=me", "echo before $WHO"],
      postHooks: ['echo "after $WHO $(cat file) $KEY"'],
    };
    const { stdout, code } = get(root.path, {}, { ...hooks, exports: [{ key: "KEY", value: "v" }] });
    expect(code).toBe(0);
    expect(bare(stdout)).toMatch(
      /\$ echo before \$WHO\nbefore me\n[^]*Skipping Git submodules setup\n\$ echo "after[^\n]*\nafter me three v\n$/,
    );
    expect(get(root.path, {}, { preHooks: ["(exit 9)"] }).code).toBe(9);
    expect(existsSync(projectDir)).toBe(true);
  });

  it("fails with git's exit code when the commit is not there", () => {
    using root = temporaryDirectory();
    scene(root.path);
    const { code, stderr } = get(
      root.path,
      {},
      { sha: "1".repeat(40), refspecs: ["+refs/heads/main:refs/remotes/origin/main"] },
    );
    expect(code).toBe(128);
    expect(stderr).toContain("1".repeat(40));
  });

  // busybox runs its own applets whatever the PATH is, but git is none of them: one way to leave it out is enough.
  it.skipIf(shell.name === "busybox sh")("says what is missing when the helper has no git", () => {
    using root = temporaryDirectory();
    scene(root.path);
    mkdirSync(join(root.path, "bin"));
    for (const name of ["mkdir", "rm", "find"]) symlinkSync(`/bin/${name}`, join(root.path, "bin", name));
    const path = `PATH=${join(root.path, "bin")}
`;
    const { code, stdout } = run(shell, path + getSourcesScript(sources(root.path)), { HOME: root.path });
    expect(code).toBe(1);
    expect(bare(stdout)).toContain("ERROR: the helper image has no git");
  });

  it("works in a repository whose object format is sha256, and with names that need quoting", () => {
    using root = temporaryDirectory();
    git(root.path, "init", "-q", "-b", "main", "--object-format=sha256", "origin");
    const origin = join(root.path, "origin");
    mkdirSync(join(root.path, "home"));
    writeFileSync(join(origin, "file"), "x");
    git(origin, "add", ".");
    git(origin, "commit", "-qm", "it's");
    git(origin, "branch", "it's-$a&b");
    const projectDir = join(root.path, "builds/a b/it's");
    const more = {
      objectFormat: "sha256",
      projectDir,
      tempDir: `${projectDir}.tmp`,
      ref: "it's-$a&b",
      refspecs: ["+refs/heads/it's-$a&b:refs/remotes/origin/it's-$a&b"],
    };
    const { code, stdout, stderr } = get(root.path, {}, more);
    expect(stderr).not.toMatch(/fatal|error/);
    expect(code).toBe(0);
    expect(bare(stdout)).toContain("(ref is it's-$a&b)");
  });

  it("clears the work tree before another attempt, and at the end what could leak or run", () => {
    using root = temporaryDirectory();
    const { projectDir, tempDir } = scene(root.path);
    get(root.path);
    writeFileSync(join(projectDir, "left"), "");
    expect(run(shell, clearWorktreeScript({ projectDir, tempDir }), { HOME: join(root.path, "home") }).code).toBe(0);
    expect([existsSync(join(projectDir, "left")), existsSync(join(projectDir, "file"))]).toEqual([false, false]);
    writeFileSync(join(tempDir, "KEY"), "");
    mkdirSync(join(tempDir, "artifacts-0"));
    expect(run(shell, cleanupScript({ projectDir, tempDir, fileKeys: ["KEY"] })).code).toBe(0);
    for (const name of ["KEY", "artifacts-0", ".gitlab-runner.ext.conf", "gitlab_runner_env"]) {
      expect({ name, there: existsSync(join(tempDir, name)) }).toEqual({ name, there: false });
    }
    expect(existsSync(join(projectDir, ".git/config"))).toBe(false);
  });
});
