import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanupScript } from "../../../src/script/cleanup.ts";
import { gitSettings } from "../../../src/script/git-settings.ts";
import { getSources, scene, type Variables } from "./git-scene.ts";
import { bare, git, run, shells, temporaryDirectory } from "./shells.ts";

const clone: Variables = { GIT_STRATEGY: "clone" };

describe.each(shells)("the native clone in $name", (shell) => {
  it("has one branch, as deep as it is told, at the job's commit", () => {
    using root = temporaryDirectory();
    const { projectDir, tempDir, origin } = scene(root.path);
    git(origin, "branch", "other");
    const { code, stdout, stderr } = getSources(shell, root.path, clone, { nativeClone: true, depth: 2 });
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/fatal|error/)]);
    expect(bare(stdout)).toContain("Cloning repository for main with git depth set to 2...\n");
    expect(readFileSync(join(projectDir, "file"), "utf8")).toBe("three");
    expect(git(projectDir, "rev-list", "--count", "HEAD")).toBe("2");
    expect(git(projectDir, "for-each-ref", "--format=%(refname)", "refs/remotes")).not.toContain("other");
    expect(git(projectDir, "config", "include.path")).toBe(`${tempDir}/.gitlab-runner.ext.conf`);
  });

  it("takes GIT_CLONE_EXTRA_FLAGS", () => {
    using root = temporaryDirectory();
    const { projectDir, origin } = scene(root.path);
    git(origin, "branch", "other");
    const flags = { ...clone, GIT_CLONE_EXTRA_FLAGS: "--no-single-branch --origin upstream" };
    expect(getSources(shell, root.path, flags, { nativeClone: true, depth: 1 }).code).toBe(0);
    expect(git(projectDir, "for-each-ref", "--format=%(refname)", "refs/remotes")).toContain(
      "refs/remotes/upstream/other",
    );
  });

  it("takes a tag for the ref", () => {
    using root = temporaryDirectory();
    const { projectDir, origin } = scene(root.path);
    git(origin, "tag", "v1");
    const { code } = getSources(shell, root.path, clone, { nativeClone: true, ref: "v1", depth: 1 });
    expect(code).toBe(0);
    expect(git(projectDir, "describe", "--tags")).toBe("v1");
  });

  it("is a fetch for other refs, where git is too old for them", () => {
    using root = temporaryDirectory();
    const { projectDir } = scene(root.path);
    const old = `git() { if [ "$1" = version ]; then echo "git version 2.39.5"; else command git "$@"; fi; }\n`;
    writeFileSync(join(root.path, "old"), old);
    const more = { nativeClone: true, ref: "refs/merge-requests/1/head", preHooks: [`. ${root.path}/old`] };
    const { code, stdout } = getSources(shell, root.path, clone, more);
    expect(code).toBe(0);
    expect(bare(stdout)).toContain("Fetching changes with git depth set to 20...\n");
    expect(readFileSync(join(projectDir, "file"), "utf8")).toBe("three");
  });
});

describe.each(shells)("a commit that was not fetched, in $name", (shell) => {
  it("is explained by the depth, with git's own exit code", () => {
    using root = temporaryDirectory();
    const { origin } = scene(root.path);
    const sha = git(origin, "rev-parse", "HEAD~2");
    const refspecs = ["+refs/heads/main:refs/remotes/origin/main"];
    const { code, stdout, stderr } = getSources(shell, root.path, {}, { sha, refspecs, depth: 1 });
    expect(code).toBe(128);
    expect(stderr).toContain("fatal: ");
    expect(bare(stdout)).toMatch(
      /The commit [0-9a-f]{8} is not among what was fetched with git depth set to 1: .*Raise GIT_DEPTH/,
    );
  });

  it("is explained by the ref when all of it was fetched", () => {
    using root = temporaryDirectory();
    scene(root.path);
    const refspecs = ["+refs/heads/main:refs/remotes/origin/main"];
    const { stdout } = getSources(shell, root.path, {}, { sha: "1".repeat(40), refspecs, depth: 0 });
    expect(bare(stdout)).toContain("The commit 11111111 is not among what was fetched: main was rewritten or removed");
  });
});

describe.each(shells)("the clean-up of FF_ENABLE_JOB_CLEANUP in $name", (shell) => {
  const settings = (variables: Variables) =>
    gitSettings((key) => variables[key] ?? "", { allowGitFetch: true, depth: 0 }).settings;
  const cleanUp = (root: string, places: { projectDir: string; tempDir: string }, variables: Variables) =>
    run(shell, cleanupScript({ ...places, fileKeys: [], jobCleanup: settings(variables) }), {
      HOME: join(root, "home"),
    });

  it("brings fetched sources back to the commit", () => {
    using root = temporaryDirectory();
    const places = scene(root.path);
    getSources(shell, root.path);
    writeFileSync(join(places.projectDir, "file"), "changed");
    writeFileSync(join(places.projectDir, "built"), "");
    expect(cleanUp(root.path, places, {}).code).toBe(0);
    expect(readFileSync(join(places.projectDir, "file"), "utf8")).toBe("three");
    expect(existsSync(join(places.projectDir, "built"))).toBe(false);
  });

  it("knows the kind of the object names without the job's settings", () => {
    using root = temporaryDirectory();
    const projectDir = join(root.path, "project");
    git(root.path, "init", "-q", "--object-format=sha256", "project");
    writeFileSync(join(projectDir, "file"), "one");
    git(projectDir, "add", ".");
    git(projectDir, "commit", "-q", "-m", "one");
    git(projectDir, "checkout", "-q", "--detach");
    writeFileSync(join(projectDir, "file"), "changed");
    const { code, stderr } = cleanUp(root.path, { projectDir, tempDir: `${projectDir}.tmp` }, {});
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/fatal|error/)]);
    expect(readFileSync(join(projectDir, "file"), "utf8")).toBe("one");
  });

  it("cleans submodules as well", () => {
    using root = temporaryDirectory();
    const places = scene(root.path);
    const { origin, projectDir } = places;
    git(root.path, "clone", "-q", origin, "library");
    git(
      origin,
      "-c",
      "protocol.file.allow=always",
      "submodule",
      "--quiet",
      "add",
      `file://${root.path}/library`,
      "lib",
    );
    git(origin, "commit", "-q", "-m", "lib");
    const variables = { GIT_SUBMODULE_STRATEGY: "normal" };
    const preHooks = ["export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always"];
    expect(getSources(shell, root.path, variables, { preHooks }).code).toBe(0);
    writeFileSync(join(projectDir, "lib/file"), "changed");
    writeFileSync(join(projectDir, "lib/built"), "");
    expect(cleanUp(root.path, places, variables).code).toBe(0);
    expect(readFileSync(join(projectDir, "lib/file"), "utf8")).toBe("three");
    expect(existsSync(join(projectDir, "lib/built"))).toBe(false);
  });

  it("keeps untracked files with GIT_CLEAN_FLAGS none", () => {
    using root = temporaryDirectory();
    const places = scene(root.path);
    getSources(shell, root.path);
    writeFileSync(join(places.projectDir, "built"), "");
    expect(cleanUp(root.path, places, { GIT_CLEAN_FLAGS: "none" }).code).toBe(0);
    expect(existsSync(join(places.projectDir, "built"))).toBe(true);
  });

  it("removes what was cloned, and leaves alone what was not fetched", () => {
    using root = temporaryDirectory();
    const places = scene(root.path);
    getSources(shell, root.path);
    const none = cleanUp(root.path, places, { GIT_STRATEGY: "none" });
    expect(bare(none.stdout)).toContain("Skipping build directory cleanup step\n");
    expect(existsSync(join(places.projectDir, "file"))).toBe(true);
    expect(cleanUp(root.path, places, clone).code).toBe(0);
    expect(existsSync(places.projectDir)).toBe(false);
  });
});
