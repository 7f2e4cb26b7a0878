import { describe, expect, it } from "vitest";
import { explain } from "../../../../src/explain/explain.ts";
import { evidenceOf } from "../../../support/evidence.ts";
import { found, job, type JobParts, said } from "./job.ts";

describe("exec-format-error", () => {
  const arm: JobParts["build"] = { image: "acme/arm:1", architecture: "arm64" };

  it.each([
    "exec /bin/sh: exec format error",
    "standard_init_linux.go:228: exec user process caused: exec format error",
    'standard_init_linux.go:190: exec user process caused "exec format error"',
  ])("of the job's image says for which processor that is: %s", (output) => {
    const parts = { output, build: { ...arm, entrypoint: [] } };
    expect(found(parts)).toEqual(["exec-format-error"]);
    expect(said(parts)).toMatch(/acme\/arm:1 is made for arm64, and this runner's machine is amd64[^]*tags:/);
    expect(said({ output, build: {} })).toMatch(/does not start[^]*#!/);
  });

  it("comes before what an entrypoint may do with the script", () => {
    const output = "exec /entry.sh: exec format error";
    expect(found({ output, build: { entrypoint: ["/entry.sh"] } })[0]).toBe("exec-format-error");
  });

  it.each([
    ["./tool", 126, "/usr/bin/bash: line 43: ./tool: cannot execute binary file: Exec format error"],
    ["./tool", 126, "sh: 1: ./tool: Exec format error"],
    ["/opt/tool", 1, "2025/01/01 10:00:00 start: fork/exec /opt/tool: exec format error"],
    ["/bin/sh", 1, "exec /bin/sh: exec format error"],
    ["/bin/sh", 1, "#7 0.301 exec /bin/sh: exec format error"],
    ["/app", 1, "app-1  | exec /app: exec format error"],
  ])("of %s in the script, exit code %i", (program, exitCode, line) => {
    const parts = { exitCode, output: `$ ./it\n${line}` };
    expect(found(parts)).toEqual(["exec-format-error"]);
    expect(said(parts)).toContain(program);
  });

  it("says both platforms where docker warned of them", () => {
    const output =
      "$ docker run acme/arm:1\nWARNING: The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v3) and no specific platform was requested\nexec /bin/sh: exec format error";
    expect(said({ exitCode: 1, output })).toMatch(
      /made for linux\/arm64, and the daemon's machine is linux\/amd64\/v3/,
    );
  });

  it("is not what a test prints about it", () => {
    expect(found({ output: "$ go test\n    got: exec /x: exec format error (as wanted)" })).toEqual([]);
    expect(found({ output: "$ bash x.sh\nexpected Exec format error, was none" })).toEqual([]);
  });
});

describe("an image that does not start", () => {
  const message = "the image acme/static:1 has no shell to run the script in";
  const error = 'OCI runtime create failed: exec: "sh": executable file not found in $PATH: unknown';

  it("for want of a shell is no-shell-in-image", () => {
    const parts = { exitCode: null, message, build: { image: "acme/static:1" } };
    expect(found(parts)).toEqual(["no-shell-in-image"]);
    expect(said(parts)).toMatch(/-debug/);
    expect(found({ output: "shell not found" })).toEqual(["no-shell-in-image"]);
    expect(found({ output: "$ ./choose-shell\nshell not found" })).toEqual([]);
  });

  it.each([
    ["is not in it", error],
    ["is not executable", 'OCI runtime create failed: exec: "/entry.sh": permission denied: unknown'],
  ])("for its entrypoint, which %s, is entrypoint-not-runnable", (why, text) => {
    const parts: JobParts = {
      exitCode: null,
      message: `the entrypoint of the image acme/app:1, "/entry.sh", can't be run`,
      build: {
        image: "acme/app:1",
        state: { running: false, exitCode: 127, oomKilled: false, error: text },
      },
    };
    expect(found(parts)).toEqual(["entrypoint-not-runnable"]);
    expect(said(parts)).toContain(why);
    expect(said(parts)).toContain('image: { name: "acme/app:1", entrypoint: [""] }');
  });
});

describe("an entrypoint that keeps the script from running", () => {
  const build = { image: "acme/tool:1", entrypoint: ["tool"] };
  const usage = "unknown shorthand flag: 'c' in -c\nSee 'tool --help'.";

  it("is named, with its last words", () => {
    const parts = { exitCode: 125, output: usage, build };
    expect(found(parts)).toEqual(["entrypoint-swallows-script"]);
    expect(said(parts)).toMatch(/\(tool\) ended with exit code 125 [^]*See 'tool --help'[^]*entrypoint: \[""\]/);
  });

  it("is named though it takes the shell for a script, or has nothing to say", () => {
    expect(found({ exitCode: 126, output: "/usr/bin/sh: /usr/bin/sh: cannot execute binary file", build })).toEqual([
      "entrypoint-swallows-script",
    ]);
    expect(found({ exitCode: 1, output: "", build })).toEqual(["entrypoint-swallows-script"]);
  });

  it("is named when it goes on for ever", () => {
    const parts = { exitCode: null, reason: "job_execution_timeout", message: "it took too long", build };
    expect(said({ ...parts, output: "listening on :8080" })).toMatch(/until the job's time was over/);
    expect(found({ ...parts, output: "$ sleep 100000" })).toEqual([]);
    expect(found({ ...parts, output: "" })).toEqual([]);
  });

  it("is worth knowing when the job succeeds", () => {
    const evidence = { ...job({ output: "sh -c for shell in", build }), failure: null };
    expect(explain(evidence).map(({ rule }) => rule)).toEqual(["script-not-run"]);
    expect(explain({ ...evidence, output: ["$ true"] })).toEqual([]);
    expect(explain({ ...evidence, build: evidenceOf().build })).toEqual([]);
  });

  it.each<[string, JobParts]>([
    ["a command was begun", { exitCode: 1, output: "$ false", build }],
    ["the image has no entrypoint", { exitCode: 1, output: usage }],
    ["the beginning of the output is gone", { exitCode: 1, output: usage, outputIsWhole: false, build }],
    [
      "the script did not get that far",
      { exitCode: 1, output: "ERROR: the project directory /b cannot be entered", build },
    ],
    [
      "a shell has read the script",
      { exitCode: 1, output: "/usr/bin/bash: line 9: /tmp/x: Read-only file system", build },
    ],
    ["the job failed before", { exitCode: null, output: "", message: "no such image", build }],
  ])("is not blamed when %s", (_, parts) => {
    expect(found(parts)).toEqual([]);
  });
});
