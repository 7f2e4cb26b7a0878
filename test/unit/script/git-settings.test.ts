import { describe, expect, it } from "vitest";
import { gitSettings } from "../../../src/script/git-settings.ts";

const read = (variables: Readonly<Record<string, string>>, job = { allowGitFetch: true, depth: 20 }) =>
  gitSettings((key) => variables[key] ?? "", job);

describe("the GIT_* variables", () => {
  it("have GitLab Runner's defaults", () => {
    expect(read({})).toEqual({
      warnings: [],
      settings: {
        strategy: "fetch",
        checkout: true,
        cleanFlags: ["-ffdx"],
        fetchFlags: ["--prune", "--quiet"],
        lfs: true,
        submodules: { strategy: "none", depth: 20, paths: [], updateFlags: [], forceHttps: false },
      },
    });
    expect(read({}, { allowGitFetch: false, depth: 0 }).settings.strategy).toBe("clone");
  });

  it("are read", () => {
    const { settings, warnings } = read({
      GIT_STRATEGY: "clone",
      GIT_CHECKOUT: "0",
      GIT_CLEAN_FLAGS: "none",
      GIT_FETCH_EXTRA_FLAGS: " --tags  --force ",
      GIT_LFS_SKIP_SMUDGE: "1",
      GIT_SUBMODULE_STRATEGY: "recursive",
      GIT_SUBMODULE_DEPTH: "3",
      GIT_SUBMODULE_PATHS: "a :(exclude)b",
      GIT_SUBMODULE_UPDATE_FLAGS: "--remote",
      GIT_SUBMODULE_FORCE_HTTPS: "true",
    });
    expect(warnings).toEqual([]);
    expect(settings).toEqual({
      strategy: "clone",
      checkout: false,
      cleanFlags: [],
      fetchFlags: ["--tags", "--force"],
      lfs: false,
      submodules: {
        strategy: "recursive",
        depth: 3,
        paths: ["a", ":(exclude)b"],
        updateFlags: ["--remote"],
        forceHttps: true,
      },
    });
  });

  it("leave checkout and submodules out where no sources are fetched", () => {
    const { settings } = read({ GIT_STRATEGY: "none", GIT_SUBMODULE_STRATEGY: "normal" });
    expect([settings.checkout, settings.submodules.strategy]).toEqual([false, "none"]);
  });

  it("fall back to the default with a warning", () => {
    const { settings, warnings } = read({ GIT_STRATEGY: "copy", GIT_CHECKOUT: "yes", GIT_SUBMODULE_DEPTH: "x" });
    expect(settings).toMatchObject({ strategy: "fetch", checkout: true, submodules: { depth: 20 } });
    expect(warnings).toEqual([
      "GIT_STRATEGY: expected either 'clone', 'fetch', 'none' or 'empty' got \"copy\", using default value 'fetch'",
      'GIT_CHECKOUT: expected bool got "yes", using default value: true',
      'GIT_SUBMODULE_DEPTH: expected int got "x", using default value: 20',
    ]);
  });

  it.each([
    { GIT_SUBMODULE_STRATEGY: "deep" },
    { GIT_SUBMODULE_STRATEGY: "normal", GIT_SUBMODULE_PATHS: ":(exclude) b" },
  ])("are an error of the author when they are %j", (variables) => {
    expect(() => read(variables)).toThrowError(expect.objectContaining({ code: "GIT_SETTINGS", audience: "author" }));
  });
});
