import { describe, expect, it } from "vitest";
import { omitted, withoutQuotes } from "../../../src/explain/quotes.ts";

const left = (...lines: string[]) => withoutQuotes(lines).filter((line) => line !== omitted);

describe("an output without quotes", () => {
  it.each([
    ["jest's console", ["  console.error", "    ENOSPC: no space left on device", "      at x (a.test.js:9:11)"], 1],
    ["vitest's output of a test", ["stderr | test/a.test.ts > a", "no space left on device", ""], 1],
    ["pytest's captured log", ["------ Captured log call ------", "no space left on device", "====== summary"], 1],
    ["a diff", ["diff --git a/x b/x", "@@ -1 +1 @@", "-no", " such", "+host", "done"], 0],
  ])("has nothing of %s, and goes on after it", (_, lines, shown) => {
    expect(left(...lines, "after")).not.toContain(expect.stringContaining("no space"));
    expect(left(...lines, "the end").filter((line) => /such|space|host/.test(line))).toEqual([]);
    expect(left(...lines, "the end").at(-1)).toBe("the end");
    expect(left(...lines).length).toBeGreaterThanOrEqual(shown);
  });

  it.each([
    '    info_test.go:31: expected "no such host", got "connection refused"',
    "E         + Error while fetching server API version",
    "AssertionError: no such host",
    "-client version 1.51 is too new",
    "12:00:02 [main] WARN  c.a.Probe - Cannot connect to the Docker daemon",
    'time="2025-01-01T10:00:00Z" level=warning msg="Cannot connect to the Docker daemon"',
    "docs/docker.md:3 MD031 Cannot connect to the Docker daemon",
    "Cannot connect to the Docker daemon, skipping",
  ])("has no %s", (line) => {
    expect(left(line)).toEqual([]);
  });

  it.each([
    "$ docker info || echo ignored",
    "ERROR: Cannot connect to the Docker daemon at tcp://docker:2375. Is the docker daemon running?",
    "WARNING: The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v3)",
    "standard_init_linux.go:228: exec user process caused: exec format error",
    "    orders_test.go:20: Cannot connect to the Docker daemon",
    "bash: line 3: docker: command not found",
    "./build.sh: 3: docker: not found",
    " ---> Running in 1",
    "received unexpected HTTP status: 503 Service Unavailable",
    "E   docker.errors.DockerException: Error while fetching server API version: Connection aborted.",
    'time="2025-01-01T10:00:00Z" level=error msg="Cannot connect to the Docker daemon"',
  ])("has %s", (line) => {
    expect(left(line)).toEqual([line]);
  });

  it("has no line that the next one says is lived with", () => {
    expect(left("Cannot connect to the Docker daemon", "skipping 12 tests")).toEqual([]);
    expect(left("Cannot connect to the Docker daemon", "Tests: 2 skipped")).toHaveLength(2);
  });

  it("has as many lines as before", () => {
    expect(withoutQuotes(["a", "", "AssertionError: b"])).toEqual(["a", "", omitted]);
  });
});
