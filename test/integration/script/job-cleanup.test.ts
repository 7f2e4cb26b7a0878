import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleanupScript } from "../../../src/script/cleanup.ts";
import { getSources, scene, sources, type Variables } from "./git-scene.ts";
import { git, run, shells, temporaryDirectory } from "./shells.ts";

/** A job's end with FF_ENABLE_JOB_CLEANUP, after a script that has left this behind. */
function cleanedUp(shell: (typeof shells)[number], root: string, variables: Variables = {}) {
  const { projectDir, tempDir } = scene(root);
  getSources(shell, root);
  for (const name of ["left", "ignored", "file"]) writeFileSync(join(projectDir, name), "of the job");
  git(projectDir, "config", "core.fsmonitor", `touch ${root}/owned`);
  const { settings: jobCleanup } = sources(root, variables);
  const { code, stdout, stderr } = run(shell, cleanupScript({ projectDir, tempDir, fileKeys: [], jobCleanup }), {
    HOME: join(root, "home"),
  });
  const there = (name: string) => existsSync(join(projectDir, name));
  return { code, output: stdout + stderr, projectDir, there };
}

describe.each(shells)("FF_ENABLE_JOB_CLEANUP in $name", (shell) => {
  it("takes away what the job has made, and brings back what it has changed", () => {
    using root = temporaryDirectory();
    const { code, output, there, projectDir } = cleanedUp(shell, root.path);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("HEAD is now at") as string });
    expect([there("left"), there("ignored"), readFileSync(join(projectDir, "file"), "utf8")]).toEqual([
      false,
      false,
      "three",
    ]);
  });

  it("obeys no settings that the job has left in the repository", () => {
    using root = temporaryDirectory();
    cleanedUp(shell, root.path);
    expect(existsSync(join(root.path, "owned"))).toBe(false);
  });

  it("goes by GIT_CLEAN_FLAGS", () => {
    using root = temporaryDirectory();
    const { there } = cleanedUp(shell, root.path, { GIT_CLEAN_FLAGS: "-ffd" });
    expect([there("left"), there("ignored")]).toEqual([false, true]);
    using other = temporaryDirectory();
    expect(cleanedUp(shell, other.path, { GIT_CLEAN_FLAGS: "none" }).there("left")).toBe(true);
  });

  it("removes the whole directory of a job that is cloned anew each time, and leaves alone what isn't git's", () => {
    using root = temporaryDirectory();
    expect(existsSync(cleanedUp(shell, root.path, { GIT_STRATEGY: "clone" }).projectDir)).toBe(false);
    using other = temporaryDirectory();
    const { there, output } = cleanedUp(shell, other.path, { GIT_STRATEGY: "none" });
    expect(there("left")).toBe(true);
    expect(output).toContain("Skipping build directory cleanup step");
  });
});
