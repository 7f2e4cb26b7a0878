import { describe, expect, it } from "vitest";
import { serviceEvidence } from "../../../support/evidence.ts";
import { found, type JobParts, said } from "./job.ts";

describe("command-not-found names the command", () => {
  it.each<[string, string, string]>([
    ["bash", "frobnicate", "/usr/bin/bash: line 43: frobnicate: command not found"],
    ["bash 4 of a script file", "frobnicate", "./build.sh: line 3: frobnicate: command not found"],
    ["busybox", "frobnicate", "/bin/sh: eval: line 24: frobnicate: not found"],
    ["older busybox", "frobnicate", "/bin/sh: frobnicate: not found"],
    ["dash", "frobnicate", "sh: 1: frobnicate: not found"],
    ["dash of a script file", "frobnicate", "./build.sh: 3: frobnicate: not found"],
    ["zsh", "frobnicate", "zsh:1: command not found: frobnicate"],
    [
      "docker run",
      "frobnicate",
      'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "frobnicate": executable file not found in $PATH: unknown.',
    ],
    [
      "docker exec",
      "frobnicate",
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "frobnicate": executable file not found in $PATH: unknown',
    ],
    ["a path in bash", "./nothere.sh", "/usr/bin/bash: line 43: ./nothere.sh: No such file or directory"],
    ["a path in busybox", "./nothere.sh", "/bin/sh: eval: line 24: ./nothere.sh: not found"],
  ])("of %s", (_, command, line) => {
    const parts = { exitCode: 127, output: `$ ${command} --now\n${line}` };
    expect(found(parts)).toEqual(["command-not-found"]);
    expect(said(parts)).toContain(command);
    expect(said(parts)).toContain(line.slice(-60));
    // Its stderr may overtake the echo.
    expect(found({ exitCode: 127, output: `${line}\n$ ${command} --now` })).toEqual(["command-not-found"]);
  });

  it.each<[string, JobParts, RegExp]>([
    ["docker, where there is no daemon either", {}, /image: docker:cli[^]*wiring = "dind"/],
    ["docker, beside a daemon", { services: [serviceEvidence({ isDaemon: true })] }, /image: docker:cli[^\n]*\n$/],
    ["docker-compose", {}, /write docker compose/],
    ["sudo, as root", {}, /leave sudo out/],
    ["sudo, as somebody else", { build: { user: "1000" } }, /user is 1000: .*docker: \{ user: root \}/],
    ["git, on Debian", {}, /apt-get install -y git/],
    ["git, on Alpine", { build: { image: "alpine:3.20" } }, /\[apk add --no-cache git\]/],
    ["git, as nobody who may install", { build: { user: "1000" } }, /use an image that has git/],
    ["envsubst, in another package", {}, /install -y gettext-base/],
    ["node", {}, /image: node:/],
    ["python", {}, /python3/],
    ["frobnicate", {}, /is it on the PATH/],
  ])("and what to do about %s", (title, parts, advice) => {
    const command = title.split(/[ ,]/)[0] as string;
    const line = `/usr/bin/bash: line 43: ${command}: command not found`;
    expect(said({ exitCode: 127, output: line, ...parts })).toMatch(advice);
  });

  it("and knows a project's own tools", () => {
    const output = "> app@1.0.0 test\n> jest\n\nsh: 1: jest: not found\nnpm error code 127";
    expect(said({ exitCode: 127, output })).toMatch(/npm ci.*devDependencies/);
  });

  it.each<[string, JobParts]>([
    ["another exit code", { exitCode: 1, output: "bash: line 3: frobnicate: command not found" }],
    [
      "an earlier one that the script lived with",
      { exitCode: 127, output: `bash: x: command not found${"\nline".repeat(12)}` },
    ],
    ["that of a command before the last", { exitCode: 127, output: "$ a\nbash: x: command not found\n$ b\nfailed" }],
    ["the author's own words", { exitCode: 127, output: "$ echo frobnicate: command not found" }],
    ["an assertion", { exitCode: 127, output: "expected: x: command not found, but it was" }],
  ])("but not for %s", (_, parts) => {
    expect(found(parts)).toEqual([]);
  });
});

describe("not-executable names the file", () => {
  it.each([
    ["bash", "./x.sh", "/usr/bin/bash: line 43: ./x.sh: Permission denied"],
    ["busybox", "./x.sh", "/bin/sh: eval: line 24: ./x.sh: Permission denied"],
    ["dash", "./x.sh", "sh: 1: ./x.sh: Permission denied"],
    ["env", "run", "/usr/bin/env: ‘run’: Permission denied"],
    [
      "docker run",
      "/x.sh",
      'docker: Error response from daemon: OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "/x.sh": permission denied: unknown.',
    ],
  ])("of %s", (_, file, line) => {
    const parts = { exitCode: 126, output: `$ go\n${line}` };
    expect(found(parts)).toEqual(["not-executable"]);
    expect(said(parts)).toContain(file);
    expect(said(parts)).toMatch(/chmod[ =]\+x/);
    expect(found({ ...parts, exitCode: 1 })).toEqual([]);
  });
});

describe("crlf-line-endings", () => {
  it.each([
    "/usr/bin/env: 'bash\\r': No such file or directory\n/usr/bin/env: use -[v]S to pass options in shebang lines",
    "/usr/bin/env: ‘bash\\r’: No such file or directory",
    "bash: ./x.sh: /bin/bash^M: bad interpreter: No such file or directory",
    "./x.sh: line 2: $'\\r': command not found",
    // busybox and dash print the carriage return itself.
    "': No such file or directory",
    ": not found",
  ])("are seen in %s", (output) => {
    expect(found({ exitCode: 127, output })[0]).toBe("crlf-line-endings");
  });

  it("are not seen in a message that something else ends so", () => {
    expect(found({ exitCode: 2, output: "ls: cannot access 'a': No such file or directory" })).toEqual([]);
    expect(found({ exitCode: 1, output: ": not found" })).toEqual([]);
  });
});

describe("interpreter-missing", () => {
  it.each([
    ["bash", "/usr/bin/env: 'bash': No such file or directory"],
    ["bash", "env: can't execute 'bash': No such file or directory"],
    ["/bin/zsh", "bash: ./x.sh: /bin/zsh: bad interpreter: No such file or directory"],
    ["./x.sh", "/usr/bin/bash: line 43: ./x.sh: cannot execute: required file not found"],
    ["/entry.sh", "exec /entry.sh: no such file or directory"],
    ["a script", "standard_init_linux.go:228: exec user process caused: no such file or directory"],
    ["a script", 'standard_init_linux.go:211: exec user process caused "no such file or directory"'],
  ])("names %s", (name, line) => {
    expect(found({ exitCode: 127, output: line })[0]).toBe("interpreter-missing");
    expect(said({ exitCode: 127, output: line })).toContain(name);
  });

  it("says nothing of a file that a program misses", () => {
    expect(found({ exitCode: 1, output: "$ make\nenv: 'bash': No such file or directory" })).toEqual([]);
    expect(found({ exitCode: 127, output: "cat: x: No such file or directory" })).toEqual([]);
  });
});
