import { describe, expect, it } from "vitest";
import { restoreCacheScript, saveCacheScript, type CachePlace, type CacheRequest } from "../../../src/script/cache.ts";
import { quote, quoteAll } from "../../../src/script/quote.ts";
import { readsScript, shellCommand } from "../../../src/script/shell-detection.ts";
import { userScript } from "../../../src/script/user-script.ts";

describe("quoting", () => {
  it("leaves plain words and quotes everything else", () => {
    expect(quoteAll(["a/b-1.c", "", "a b", "it's", "$x", "a\nb", "é", "~", "a=b", "*"])).toBe(
      `a/b-1.c '' 'a b' 'it'\\''s' '$x' 'a\nb' 'é' '~' 'a=b' '*'`,
    );
  });

  it("refuses what no shell can hold", () => {
    expect(() => quote("a\0b")).toThrowError(expect.objectContaining({ code: "SCRIPT_NUL", audience: "author" }));
  });
});

it("looks for bash before sh, in GitLab Runner's order", () => {
  const [shell, flag, script = ""] = shellCommand();
  expect([shell, flag]).toEqual(["sh", "-c"]);
  expect(script).toMatch(
    /\/usr\/local\/bin\/bash \/usr\/bin\/bash \/bin\/bash \/usr\/local\/bin\/sh \/usr\/bin\/sh \/bin\/sh \/busybox\/sh/,
  );
});

it.each([
  [[], true],
  [[""], true],
  [["/bin/sh", "-c"], true],
  [["bash", "-e", "-lc"], true],
  [["/bin/bash"], false],
  [["/bin/sh", "-c", 'exec "$@"'], false],
  [["/bin/sh", "-l"], false],
  [["/usr/bin/env"], false],
  [["fish", "-c"], false],
])("knows whether nothing else reads the script behind the entrypoint %j: %s", (entrypoint, expected) => {
  expect(readsScript(entrypoint)).toBe(expected);
});

it("is the same text for the same job", () => {
  const options = {
    lines: ["make"],
    projectDir: "/builds/p",
    tempDir: "/builds/p.tmp",
    exports: [],
    fileVariables: [],
  };
  expect(userScript(options)).toBe(userScript({ ...options }));
});

describe("cache stages", () => {
  const place: CachePlace = {
    cacheDir: "/cache",
    projectPath: "g/p",
    projectDir: "/p",
    tempDir: "/p.tmp",
    jobName: "j",
    ref: "main",
    fallbackKey: "",
  };
  const cache: CacheRequest = { key: "k", fallbackKeys: [], paths: ["x"], untracked: false, policy: "", when: "" };

  it("are left out where the job has nothing to keep", () => {
    expect(restoreCacheScript([], place)).toBeNull();
    expect(restoreCacheScript([{ ...cache, paths: [] }], place)).toBeNull();
    expect(saveCacheScript([{ ...cache, paths: [] }], place, "success")).toBeNull();
  });

  it("refuse a policy that nobody knows", () => {
    const refusal = expect.objectContaining({ code: "CACHE_POLICY", audience: "author" }) as Error;
    expect(() => restoreCacheScript([{ ...cache, policy: "fetch" }], place)).toThrowError(refusal);
    expect(() => saveCacheScript([{ ...cache, policy: "fetch" }], place, "success")).toThrowError(refusal);
  });

  it("name the default key after job and ref, and warn of a key that had to be cleaned", () => {
    expect(restoreCacheScript([{ ...cache, key: "" }], place)).toContain("Checking cache for j/main...");
    const script = restoreCacheScript([{ ...cache, key: "../k" }], place);
    expect(script).toContain('cache key "../k" sanitized to "k"');
    expect(script).toContain("Checking cache for k...");
  });

  it("skip a key of which nothing is left", () => {
    expect(restoreCacheScript([{ ...cache, key: ".." }], place)).toContain(
      "Skipping cache extraction due to empty cache key",
    );
    const saved = saveCacheScript([{ ...cache, key: ".." }], place, "success");
    expect(saved?.kind === "direct" && saved.script).toContain("Skipping cache archiving due to empty cache key");
  });

  it("refuse a protected CACHE_FALLBACK_KEY and take any other", () => {
    const refused = restoreCacheScript([cache], { ...place, fallbackKey: "main-protected" });
    expect(refused).toContain('CACHE_FALLBACK_KEY "main-protected" not allowed to end in "-protected"');
    expect(refused).not.toContain("Checking cache for main-protected");
    expect(restoreCacheScript([cache], { ...place, fallbackKey: "main" })).toContain("Checking cache for main...");
  });
});
