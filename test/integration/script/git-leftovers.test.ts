import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanupScript } from "../../../src/script/cleanup.ts";
import { clearWorktreeScript } from "../../../src/script/git.ts";
import { getSources, scene, sources } from "./git-scene.ts";
import { git, run, shells, temporaryDirectory } from "./shells.ts";

/** Makes a repository with a commit. */
function repository(path: string): void {
  mkdirSync(path, { recursive: true });
  git(dirname(path), "init", "-q", "-b", "main", path);
  writeFileSync(join(path, "in it"), "");
  git(path, "add", ".");
  git(path, "commit", "-qm", "one");
}

/** Adds submodules at these paths to the project. */
function withSubmodules(root: string, paths: readonly string[]): ReturnType<typeof scene> {
  const found = scene(root);
  repository(join(root, "library"));
  for (const path of paths)
    git(found.origin, "-c", "protocol.file.allow=always", "submodule", "add", "-q", `file://${root}/library`, path);
  git(found.origin, "commit", "-qm", "submodules");
  return found;
}

describe.each(shells)("what a job left in the project directory, in $name", (shell) => {
  it("stays when it is a repository of its own, and goes where a submodule belongs", () => {
    using root = temporaryDirectory();
    const { projectDir } = withSubmodules(root.path, ["libs/own", "libs/it's two"]);
    const variables = { GIT_SUBMODULE_STRATEGY: "recursive", GIT_CLEAN_FLAGS: "none" };
    const first = getSources(shell, root.path, variables);
    expect({ code: first.code, stderr: first.code === 0 ? "" : first.stderr }).toEqual({ code: 0, stderr: "" });
    const kept = ["build/_deps/json-src", "vendor/a b/c", "-x"].map((name) => join(projectDir, name));
    for (const path of kept) repository(path);
    git(projectDir, "worktree", "add", "-q", "--detach", join(projectDir, "trees/one"));

    // One submodule has a repository of a job's, one has another below it.
    git(projectDir, "config", "-f", join(root.path, "evil"), "core.fsmonitor", `touch ${root.path}/owned`);
    const evil = readFileSync(join(root.path, "evil"));
    git(projectDir, "rm", "-q", "--cached", "libs/own");
    const own = join(projectDir, "libs/own");
    writeFileSync(join(own, "mark"), "");
    writeFileSync(join(own, ".git"), "gitdir: ../../build/_deps/json-src/.git\n");
    writeFileSync(join(projectDir, "build/_deps/json-src/.git/config"), evil);
    const nested = join(projectDir, "libs/it's two/nested");
    repository(nested);
    writeFileSync(join(nested, ".git/config"), evil);

    const { code, stderr } = getSources(shell, root.path, variables);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    for (const path of [...kept, join(projectDir, "trees/one")])
      expect({ path, there: existsSync(join(path, ".git")) }).toEqual({ path, there: true });
    expect([existsSync(join(own, "mark")), existsSync(nested)]).toEqual([false, false]);
    for (const name of ["own", "it's two"]) expect(existsSync(join(projectDir, "libs", name, "in it"))).toBe(true);
    expect(existsSync(join(root.path, "owned"))).toBe(false);
  });

  it("may be packed-refs with nothing but replacements, and a link where the new file is written", () => {
    using root = temporaryDirectory();
    const { projectDir, origin } = scene(root.path);
    getSources(shell, root.path);
    const sha = git(origin, "rev-parse", "HEAD");
    const packed = join(projectDir, ".git/packed-refs");
    writeFileSync(packed, `${sha} refs/replace/${sha}\n`);
    writeFileSync(join(root.path, "elsewhere"), "whole");
    symlinkSync(join(root.path, "elsewhere"), `${packed}.kept`);
    const { code, stderr } = getSources(shell, root.path);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(existsSync(packed) ? readFileSync(packed, "utf8") : "").not.toContain("refs/replace/");
    expect(readFileSync(join(root.path, "elsewhere"), "utf8")).toBe("whole");
  });

  it("is no settings of a submodule's repository, wherever among those it lies", () => {
    using root = temporaryDirectory();
    const { projectDir } = withSubmodules(root.path, ["refs/own", "logs/two"]);
    const variables = { GIT_SUBMODULE_STRATEGY: "recursive" };
    expect(getSources(shell, root.path, variables).code).toBe(0);
    git(projectDir, "config", "-f", join(root.path, "evil"), "core.fsmonitor", `touch ${root.path}/owned`);
    const evil = readFileSync(join(root.path, "evil"));
    writeFileSync(join(projectDir, ".git/modules/refs/own/config"), evil);
    const hidden = join(projectDir, ".git/modules/logs/two/refs/heads/it");
    cpSync(join(projectDir, ".git/modules/logs/two"), join(root.path, "copy"), { recursive: true });
    cpSync(join(root.path, "copy"), hidden, { recursive: true });
    writeFileSync(join(hidden, "config"), evil);
    writeFileSync(join(projectDir, "logs/two/.git"), "gitdir: ../../.git/modules/logs/two/refs/heads/it\n");
    const { code, stderr } = getSources(shell, root.path, variables);
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expect(existsSync(join(root.path, "owned"))).toBe(false);
  });

  it("is no repository of a submodule, though the file that names submodules is hidden", () => {
    using root = temporaryDirectory();
    const { projectDir } = withSubmodules(root.path, ["own"]);
    const variables = { GIT_SUBMODULE_STRATEGY: "recursive" };
    expect(getSources(shell, root.path, variables).code).toBe(0);
    ownRepository(root.path, join(projectDir, "own"));
    git(projectDir, "update-index", "--skip-worktree", ".gitmodules");
    rmSync(join(projectDir, ".gitmodules"));
    getSources(shell, root.path, variables);
    expect(existsSync(join(root.path, "owned"))).toBe(false);
  });

  it("is no settings that are obeyed where the first attempt has failed before it removed them", () => {
    using root = temporaryDirectory();
    const { projectDir, tempDir } = scene(root.path);
    expect(getSources(shell, root.path).code).toBe(0);
    git(projectDir, "config", "core.fsmonitor", `touch ${root.path}/owned`);
    expect(getSources(shell, root.path, {}, { preHooks: ["exit 3"] }).code).toBe(3);
    const { code } = run(shell, clearWorktreeScript({ projectDir, tempDir }), { HOME: join(root.path, "home") });
    const there = (path: string) => existsSync(join(root.path, path));
    expect({ code, owned: there("owned"), file: existsSync(join(projectDir, "file")) }).toEqual({
      code: 0,
      owned: false,
      file: false,
    });
  });

  it("is obeyed by no job's cleanup in a submodule", () => {
    using root = temporaryDirectory();
    const { projectDir, tempDir } = withSubmodules(root.path, ["kept", "own"]);
    const variables = { GIT_SUBMODULE_STRATEGY: "normal" };
    expect(getSources(shell, root.path, variables).code).toBe(0);
    writeFileSync(join(projectDir, "kept/left"), "");
    ownRepository(root.path, join(projectDir, "own"));
    const { settings: jobCleanup } = sources(root.path, variables);
    const script = cleanupScript({ projectDir, tempDir, fileKeys: [], jobCleanup, submodules: true });
    const { code } = run(shell, script, { HOME: join(root.path, "home") });
    const there = (path: string) => existsSync(join(root.path, path));
    expect({ code, owned: there("owned"), left: existsSync(join(projectDir, "kept/left")) }).toEqual({
      code: 0,
      owned: false,
      left: false,
    });
    expect(existsSync(join(projectDir, "kept/in it"))).toBe(true);
  });
});

/** Puts a repository with settings of a job in place of a submodule's. */
function ownRepository(root: string, path: string): void {
  rmSync(path, { recursive: true });
  repository(path);
  git(path, "config", "core.fsmonitor", `touch ${root}/owned`);
}
