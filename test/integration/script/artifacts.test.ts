import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ArtifactSelection, stageArtifactsScript, stagedArtifactDir } from "../../../src/script/artifacts.ts";
import type { StagedScript } from "../../../src/script/staged-script.ts";
import { bare, git, type Outcome, run, type Shell, shells, temporaryDirectory } from "./shells.ts";

const NONE: ArtifactSelection = { paths: [], exclude: [], untracked: false };

function scene(root: string, files: readonly string[]) {
  const projectDir = join(root, "builds/group/it's a project");
  for (const file of files) {
    mkdirSync(dirname(join(projectDir, file)), { recursive: true });
    writeFileSync(join(projectDir, file), `content of ${file}`);
  }
  mkdirSync(projectDir, { recursive: true });
  return { projectDir, tempDir: `${projectDir}.tmp` };
}

function perform(shell: Shell, staged: StagedScript): Outcome {
  if (staged.kind === "direct") return run(shell, staged.script);
  const list = run(shell, staged.listScript);
  expect(list.stderr).toBe("");
  expect(list.code).toBe(0);
  return run(shell, staged.finish(list.bytes));
}

function tree(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const output = execFileSync("find", [".", "-mindepth", "1", "-print0"], { cwd: directory, encoding: "utf8" });
  return output
    .split("\0")
    .filter((name) => name !== "")
    .map((name) => name.slice(2))
    .sort();
}

const FILES = [
  "a/one.txt",
  "a/two.js",
  "a/b/three.txt",
  "a/.hidden/four.txt",
  "-dash",
  "with 'quote' é $x",
  "other/five.txt",
];

describe.each(shells)("staging artifacts in $name", (shell) => {
  const stage = (place: { projectDir: string; tempDir: string }, ...selections: Partial<ArtifactSelection>[]) => {
    const artifacts = selections.map((selection) => ({ ...NONE, ...selection }));
    const staged = stageArtifactsScript({ ...place, artifacts });
    const outcome = perform(shell, staged);
    expect(outcome.stderr).toBe("");
    expect(outcome.code).toBe(0);
    return {
      staged,
      text: bare(outcome.stdout),
      trees: artifacts.map((_, index) => tree(stagedArtifactDir(place.tempDir, index))),
    };
  };

  it("needs one step for plain names, keeps paths and says what it found", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    const paths = ["a/", "./-dash", "with 'quote' é $x", `${place.projectDir}/other/five.txt`, "a/b", "nothing"];
    const { staged, text, trees } = stage(place, { paths });
    expect(staged.kind).toBe("direct");
    expect(trees[0]).toEqual(
      [
        "-dash",
        "a",
        "a/.hidden",
        "a/.hidden/four.txt",
        "a/b",
        "a/b/three.txt",
        "a/one.txt",
        "a/two.js",
        "other",
        "other/five.txt",
        "with 'quote' é $x",
      ].sort(),
    );
    expect(text).toContain("Uploading artifacts...\na/: found 7 matching artifact files and directories\n");
    expect(text).toContain(
      `WARNING: nothing: no matching files. Ensure that the artifact path is relative to the working directory (${place.projectDir})`,
    );
  });

  it("links files and does not copy them", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    stage(place, { paths: ["a"] });
    const inode = (path: string) => statSync(path).ino;
    expect(inode(join(stagedArtifactDir(place.tempDir, 0), "a/one.txt"))).toBe(
      inode(join(place.projectDir, "a/one.txt")),
    );
  });

  it("keeps links, modes and times, and gives every name of a file a file of its own", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, ["d/x", "d/run.sh", "d/sub/y"]);
    const inside = (name: string) => join(place.projectDir, "d", name);
    symlinkSync("../elsewhere", inside("link"));
    linkSync(inside("x"), inside("x2"));
    linkSync(inside("x"), inside("x3"));
    execFileSync("chmod", ["755", inside("run.sh")]);
    utimesSync(inside("x"), 1e9, 1e9);
    mkdirSync(inside("empty"));
    const { trees } = stage(place, { paths: ["d"] });
    const staged = (name: string) => join(stagedArtifactDir(place.tempDir, 0), "d", name);
    expect(trees[0]).toEqual(["d", "d/empty", "d/link", "d/run.sh", "d/sub", "d/sub/y", "d/x", "d/x2", "d/x3"]);
    expect(readlinkSync(staged("link"))).toBe("../elsewhere");
    expect(lstatSync(staged("run.sh")).mode & 0o777).toBe(0o755);
    expect(new Set(["x", "x2", "x3"].map((name) => statSync(staged(name)).ino)).size).toBe(3);
    expect(["x", "x2", "x3"].map((name) => statSync(staged(name)).mtimeMs)).toEqual([1e12, 1e12, 1e12]);
  });

  it("matches patterns, applies exclusions and counts them", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    const { staged, text, trees } = stage(place, { paths: ["a/**/*.txt", "with*", "*/b"], exclude: ["**/.hidden/**"] });
    expect(staged.kind).toBe("listed");
    expect(trees[0]).toEqual(["a", "a/b", "a/b/three.txt", "a/one.txt", "with 'quote' é $x"]);
    expect(text).toContain("a/**/*.txt: found 2 matching artifact files and directories\n");
    expect(text).toContain("*/b: found 2 matching artifact files and directories\n");
    expect(text).toContain("**/.hidden/**: excluded 1 files\n");
  });

  it("takes what a link leads to, by a pattern behind its name, and the link alone without one", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    symlinkSync("a/b", join(place.projectDir, "link"));
    const { trees } = stage(place, { paths: ["link/**"] }, { paths: ["link"] }, { paths: ["li*"] });
    expect(trees).toEqual([["link", "link/three.txt"], ["link"], ["link"]]);
    expect(lstatSync(join(stagedArtifactDir(place.tempDir, 0), "link")).isDirectory()).toBe(true);
  });

  it("takes a directory apart when something in it is excluded, empty directories included", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, [...FILES, "a/c/only.log"]);
    const { trees } = stage(place, { paths: ["a"], exclude: ["a/two.js", "**/*.log"] });
    expect(trees[0]).toEqual(["a", "a/.hidden", "a/.hidden/four.txt", "a/b", "a/b/three.txt", "a/c", "a/one.txt"]);
  });

  it("keeps the modes of directories that it takes apart", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, ["-a/keep", "-a/skip", "-a/in/keep", "-a/in/skip"]);
    const names = ["-a", "-a/in"];
    for (const [index, name] of names.entries()) chmodSync(join(place.projectDir, name), 0o750 - index);
    const { trees } = stage(place, { paths: ["-a"], exclude: ["**/skip"] });
    expect(trees[0]).toEqual(["-a", "-a/in", "-a/in/keep", "-a/keep"]);
    const staged = names.map((name) => statSync(join(stagedArtifactDir(place.tempDir, 0), name)).mode & 0o777);
    expect(staged).toEqual([0o750, 0o747]);
  });

  it("finds what git doesn't track", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    git(place.projectDir, "init", "-q");
    git(place.projectDir, "add", "a/one.txt", "a/b");
    const { text, trees } = stage(place, { untracked: true, exclude: ["other/*"] });
    expect(trees[0]).toEqual(["-dash", "a", "a/.hidden", "a/.hidden/four.txt", "a/two.js", "with 'quote' é $x"]);
    expect(text).toContain("untracked: found 4 files\n");
  });

  it("stages several artifacts in one go, some of plain names and some of patterns", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    const { text, trees } = stage(place, { paths: ["other"] }, { paths: ["*.nothing"] }, { paths: ["a/*.js"] });
    expect(trees).toEqual([["other", "other/five.txt"], [], ["a", "a/two.js"]]);
    expect(existsSync(stagedArtifactDir(place.tempDir, 1))).toBe(false);
    expect(text.match(/Uploading artifacts\.\.\./g)).toHaveLength(3);
    expect(text).toContain("ERROR: No files to upload\n");
  });

  it("refuses paths outside the project directory with a warning", () => {
    using root = temporaryDirectory();
    const place = scene(root.path, FILES);
    const { text, trees } = stage(place, { paths: ["../x", "/etc/passwd", "a/one.txt", ""] });
    expect(trees[0]).toEqual(["a", "a/one.txt"]);
    expect(text).toContain("WARNING: artifact path is not a subpath of project directory: ../x\n");
    expect(text).toContain("WARNING: artifact path is not a subpath of project directory: /etc/passwd\n");
    expect(text).toContain("WARNING: No matching files. Path is empty.\n");
  });

  it("takes thousands of names, and leaves nothing of an earlier stage behind", () => {
    using root = temporaryDirectory();
    const place = scene(
      root.path,
      Array.from({ length: 3000 }, (_, index) => `many/${"x".repeat(100)} ${String(index)}.o`),
    );
    writeFileSync(join(place.projectDir, "many/skip"), "");
    expect(stage(place, { paths: ["many"] }).trees[0]).toHaveLength(3002);
    expect(stage(place, { paths: ["many/*.o"] }).trees[0]).toHaveLength(3001);
    expect(tree(place.tempDir).filter((name) => name.endsWith(".list"))).toEqual([]);
  });
});
