import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CachePlace } from "../../../src/script/cache.ts";
import { cacheNames } from "../../../src/script/cache-names.ts";
import { lookScript, parseVersion } from "../../../src/script/remote-cache.ts";

let root: string;
let directory: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  directory = join(root, "cache/g/p/k");
  await mkdir(join(directory, "v.Abc/tree"), { recursive: true });
});

afterEach(() => rm(root, { recursive: true }));

function look() {
  const place: CachePlace = {
    cacheDir: join(root, "cache"),
    projectPath: "g/p",
    projectDir: join(root, "project"),
    tempDir: join(root, "project.tmp"),
    jobName: "job",
    ref: "main",
    fallbackKey: "",
  };
  const request = { key: "k", fallbackKeys: [], paths: ["a"], untracked: false, policy: "", when: "" };
  const [name] = cacheNames(request, place).names;
  if (name === undefined) throw new Error("the key has no name");
  const { stdout } = spawnSync("sh", { input: lookScript(name, place), encoding: "utf8" });
  return { bytes: stdout.length, version: parseVersion(stdout) };
}

describe("a look at the local copy", () => {
  it("tells its version, and where a store has the same", async () => {
    await writeFile(join(directory, "current"), "v.Abc\n");
    await writeFile(join(directory, "v.Abc/remote"), 'https://store/k\n"1"\n');
    expect(look().version).toEqual({ version: "v.Abc", url: "https://store/k", etag: '"1"' });
  });

  it.each(["current", "v.Abc/remote"])("stays short whatever a job has written into %s", async (file) => {
    await writeFile(join(directory, "current"), "v.Abc\n");
    await writeFile(join(directory, file), `v.${"x".repeat(100_000)}\n${"y".repeat(100_000)}\n`);
    const { bytes, version } = look();
    expect(bytes).toBeLessThan(100);
    expect(version).toEqual(file === "current" ? null : { version: "v.Abc", url: "", etag: "" });
  });
});
