import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { saveCacheScript } from "../../../src/script/cache.ts";
import { CACHE, restore, save, scene } from "./cache-scene.ts";
import { bare, git, run, shells, temporaryDirectory } from "./shells.ts";

const hasFlock = spawnSync("flock", ["--version"]).error === undefined;
const UNSHARED =
  "No URL provided, cache will not be uploaded to shared cache server. Cache will be stored only locally.\n";
const LOCAL =
  "No URL provided, cache will not be downloaded from shared cache server. Instead a local version of cache will be extracted.\n";

describe.each(shells)("the local cache in $name", (shell) => {
  it("gives back what was saved: content, links, modes and times, and nothing else", () => {
    using root = temporaryDirectory();
    const { place, file, empty, stored } = scene(root.path);
    symlinkSync("../a b", file("node_modules/link"));
    symlinkSync("nowhere", file("node_modules/dangling"));
    mkdirSync(file("node_modules/empty"), { mode: 0o700 });
    linkSync(file("out/bin/tool"), file("out/bin/same"));
    execFileSync("chmod", ["750", file("out/bin/tool")]);
    const saved = save(shell, place);
    expect(saved).toMatchObject({ code: 0, stderr: "" });
    expect(saved?.stdout).toBe(
      "Creating cache deps...\nnode_modules/: found 6 matching artifact files and directories\n" +
        `out/bin: found 3 matching artifact files and directories\n${UNSHARED}Created cache\n`,
    );
    expect(existsSync(join(stored("deps"), "current"))).toBe(true);

    empty();
    chmodSync(place.projectDir, 0o711);
    const restored = restore(shell, place);
    expect(restored).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `Checking cache for deps...\n${LOCAL}Successfully extracted cache\n`,
    });
    expect(readFileSync(file("node_modules/a b/index.js"), "utf8")).toBe("x");
    expect(readlinkSync(file("node_modules/link"))).toBe("../a b");
    expect(readlinkSync(file("node_modules/dangling"))).toBe("nowhere");
    expect(statSync(file("out/bin/tool")).mode & 0o777).toBe(0o750);
    expect(lstatSync(file("node_modules/empty")).mode & 0o777).toBe(0o700);
    expect(statSync(file("out/bin/tool")).mtimeMs).toBe(1e12);
    expect(existsSync(file("out/other"))).toBe(false);
    expect(statSync(place.projectDir).mode & 0o777).toBe(0o711);
  });

  it("writes nothing when nothing has changed, also after a restore", () => {
    using root = temporaryDirectory();
    const { place, file, empty, stored } = scene(root.path);
    save(shell, place);
    const before = readFileSync(join(stored("deps"), "current"), "utf8");
    expect(save(shell, place)?.stdout).toContain("Archive is up to date!\nCreated cache\n");
    empty();
    restore(shell, place);
    expect(save(shell, place)?.stdout).toContain("Archive is up to date!\n");
    expect(readFileSync(join(stored("deps"), "current"), "utf8")).toBe(before);

    for (const change of [
      () => {
        writeFileSync(file("out/bin/tool"), "other size");
      },
      () => {
        utimesSync(file("out/bin/tool"), 5, 5);
      },
      () => {
        execFileSync("chmod", ["700", file("out/bin/tool")]);
      },
      () => {
        writeFileSync(file("out/bin/new"), "");
      },
      () => {
        rmSync(file("out/bin/new"));
      },
    ]) {
      change();
      expect(save(shell, place)?.stdout).not.toContain("up to date");
    }
    expect(readdirSync(stored("deps")).filter((name) => name.startsWith("v."))).toHaveLength(1);
  });

  it("says that there is no cache, and tries the fallback keys in order", () => {
    using root = temporaryDirectory();
    const { place, file, empty } = scene(root.path);
    expect(restore(shell, place)).toMatchObject({
      code: 0,
      stdout: `Checking cache for deps...\n${LOCAL}WARNING: Cache file does not exist\nFailed to extract cache\n`,
    });
    save(shell, place, [{ key: "second" }]);
    save(shell, place, [{ key: "last" }]);
    empty();
    const { stdout, code } = restore(shell, { ...place, fallbackKey: "last" }, [{ fallbackKeys: ["first", "second"] }]);
    expect(code).toBe(0);
    expect(stdout.match(/Checking cache for .*/g)).toEqual([
      "Checking cache for deps...",
      "Checking cache for first...",
      "Checking cache for second...",
    ]);
    expect(stdout.endsWith("Successfully extracted cache\n")).toBe(true);
    expect(existsSync(file("out/bin/tool"))).toBe(true);
  });

  it("keeps a key with slashes apart from the keys it begins with", () => {
    using root = temporaryDirectory();
    const { place, file, empty } = scene(root.path);
    save(shell, place, [{ key: "a", paths: ["out/bin"] }]);
    save(shell, place, [{ key: "a/out", paths: ["node_modules"] }]);
    empty();
    restore(shell, place, [{ key: "a" }]);
    expect([existsSync(file("out/bin/tool")), existsSync(file("node_modules"))]).toEqual([true, false]);
    restore(shell, place, [{ key: "a/out" }]);
    expect(existsSync(file("node_modules"))).toBe(true);
  });

  it("obeys policy and when", () => {
    using root = temporaryDirectory();
    const { place, stored } = scene(root.path);
    expect(save(shell, place, [{ policy: "pull" }])?.stdout).toBe("Not uploading cache deps due to policy\n");
    expect(existsSync(stored("deps"))).toBe(false);
    expect(restore(shell, place, [{ policy: "push" }]).stdout).toBe("Not downloading cache deps due to policy\n");
    expect(save(shell, place, [{}], "failure")).toBeNull();
    expect(save(shell, place, [{ when: "on_failure" }], "success")).toBeNull();
    expect(save(shell, place, [{ when: "always" }], "failure")?.stdout).toContain("Created cache");
  });

  it("saves patterns and untracked files, and several caches in one go", () => {
    using root = temporaryDirectory();
    const { place, file, empty } = scene(root.path);
    git(place.projectDir, "init", "-q");
    git(place.projectDir, "add", "out");
    const result = save(shell, place, [
      { key: "patterns", paths: ["**/*.js"] },
      { key: "git", paths: [], untracked: true },
      {},
      { key: "none", paths: ["x*"] },
    ]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result?.stdout).toContain("**/*.js: found 1 matching");
    expect(result?.stdout).toContain("untracked: found 1 files");
    expect(result?.stdout).toContain("WARNING: No files to cache.\nCreated cache\n");
    for (const key of ["patterns", "git"]) {
      empty();
      expect(restore(shell, place, [{ key }]).stdout).toContain("Successfully");
      expect(existsSync(file("node_modules/a b/index.js"))).toBe(true);
      expect(existsSync(file("out/bin"))).toBe(false);
    }
  });

  it("keeps the old cache when a save fails half-way or was killed, and clears up later", () => {
    using root = temporaryDirectory();
    const { place, file, empty, stored } = scene(root.path);
    save(shell, place);
    mkdirSync(join(stored("deps"), "v.killed/tree"), { recursive: true });
    writeFileSync(join(stored("deps"), "new.names"), "half");
    writeFileSync(file("out/bin/tool"), "changed");
    const broken = saveCacheScript([CACHE], place, "success");
    if (broken?.kind !== "direct") throw new Error("expected a direct script");
    const failed = run(shell, broken.script.replaceAll("cp $_longshore_cp", "cp_that_fails"));
    expect(failed.code).toBe(0);
    expect(bare(failed.stdout)).toContain("Failed to create cache\n");
    empty();
    expect(restore(shell, place).stdout).toContain("Successfully extracted cache");
    expect(readFileSync(file("out/bin/tool"), "utf8")).toBe("tool");
    writeFileSync(file("out/bin/tool"), "changed");
    expect(save(shell, place)?.stdout).toContain("Created cache");
    expect(readdirSync(stored("deps")).filter((name) => /^(v|new)\./.test(name))).toHaveLength(1);
  });

  it.runIf(hasFlock)("leaves the version alone that a restore is reading, until the next save", async () => {
    using root = temporaryDirectory();
    const { place, file, stored } = scene(root.path);
    const versions = () => readdirSync(stored("deps")).filter((name) => name.startsWith("v."));
    save(shell, place);
    const [first] = versions();
    const reader = spawn("flock", ["-s", join(stored("deps"), "lock"), "sh", "-c", "echo held; read -r end"]);
    await new Promise((resolve) => reader.stdout.once("data", resolve));
    writeFileSync(file("out/bin/tool"), "second");
    expect(save(shell, place)?.stdout).toContain("Created cache");
    expect(versions()).toContain(first);
    const closed = new Promise((resolve) => reader.once("close", resolve));
    reader.stdin.end("\n");
    await closed;
    writeFileSync(file("out/bin/tool"), "the third");
    save(shell, place);
    expect(versions()).toHaveLength(1);
  });

  it("fails no job when the cache directory can't be made", () => {
    using root = temporaryDirectory();
    const { place } = scene(root.path);
    writeFileSync(join(root.path, "cache"), "a file");
    expect(save(shell, place)).toMatchObject({ code: 0 });
    expect(restore(shell, place)).toMatchObject({ code: 0 });
  });
});
