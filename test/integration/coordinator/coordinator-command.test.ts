import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentDeps } from "../../../src/commands/agent-deps.ts";
import { addCoordinatorCommand } from "../../../src/commands/coordinator.ts";
import { addExecCommand } from "../../../src/commands/exec.ts";
import { createRunnerApi } from "../../../src/coordinator/client.ts";
import type { EmbeddedCoordinator } from "../../../src/coordinator/embedded/server.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { startFakeRunner, type FakeResult } from "./fake-runner.ts";

const token = "glrt-t1_abcdefghijklmnopqrst";
const identity = { version: "0", revision: "0", nodeVersion: "v24", platform: "linux", architecture: "amd64" };

let project: string;

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "longshore-command-"));
});

afterEach(async () => {
  await rm(project, { recursive: true, force: true });
});

/** A command in this process: what it prints can be waited for, and signals be sent to it. */
function commandLine() {
  const lines: string[] = [];
  const waiting: { pattern: RegExp; resolve: (match: RegExpExecArray) => void }[] = [];
  const handlers = new Map<string, () => void>();
  let exitCode: number | null = null;
  const print = (line: string) => {
    lines.push(line);
    for (const { pattern, resolve } of waiting) {
      const match = pattern.exec(line);
      if (match !== null) resolve(match);
    }
  };
  const deps: AgentDeps = {
    env: { PATH: process.env["PATH"] },
    home: project,
    uid: 1000,
    hostname: "test",
    identity,
    clock: systemClock,
    createRunnerApi: createRunnerApi({ agent: identity, clock: systemClock, proxies: {} }),
    prompter: null,
    signal: new AbortController().signal,
    signals: {
      on: (name, handler) => {
        handlers.set(name, handler);
        return () => handlers.delete(name);
      },
    },
    print,
    say: print,
    writeError: print,
    isTerminal: false,
    logOptions: () => ({ level: "", format: "" }),
    exitWith: (code) => {
      exitCode = code;
    },
  };
  return {
    lines,
    signal: (name: string) => handlers.get(name)?.(),
    line: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve) => {
        for (const line of lines) {
          const match = pattern.exec(line);
          if (match !== null) return resolve(match);
        }
        waiting.push({ pattern, resolve });
      }),
    async run(...argv: string[]): Promise<number | null> {
      const program = new Command("longshore").exitOverride();
      addCoordinatorCommand(program, deps);
      addExecCommand(program, deps, () => project);
      await program.parseAsync(argv, { from: "user" });
      return exitCode;
    },
  };
}

/** Starts the coordinator on a free port, with a runner for its pipelines. */
async function serve(flags: string[], act?: () => FakeResult) {
  const command = commandLine();
  const listen = ["--listen", "127.0.0.1:0", "--repo", project, "--token", token];
  const ended = command.run("coordinator", ...listen, ...flags);
  const [, url = ""] = await Promise.race([command.line(/Listening on (\S+)/), ended.then(() => [] as string[])]);
  const runner = startFakeRunner({ url } as EmbeddedCoordinator, token, act);
  return { ...command, ended, url, [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose]() };
}

const yaml = "stages: [build]\nhello:\n  stage: build\n  script: [echo hi]\n";

describe("longshore coordinator", () => {
  it("serves a pipeline once to a runner, shows its log and ends with its result", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    await using served = await serve(["--once"], () => ({ log: "\u001b[2Jhi\n" }));
    expect(await served.ended).toBe(0);
    expect(served.lines).toContain("hello | hi");
    expect(served.lines.join("\n")).toMatch(/build +│ hello +│ success/);
  });

  it("ends with 1 when the pipeline fails", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    await using served = await serve(["--once"], () => ({ exitCode: 3 }));
    expect(await served.ended).toBe(1);
    expect(served.lines.join("\n")).toContain("script_failure, exit code 3");
  });

  it("stays, and runs the files as they are then on SIGHUP and on a request", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    await using served = await serve(["--registration-token", "secret"]);
    await served.line(/Pipeline 1 success/);
    await writeFile(join(project, ".gitlab-ci.yml"), "job: {scrip: [x]}\n");
    served.signal("SIGHUP");
    await served.line(/\.gitlab-ci\.yml:1/);
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    const ask = (headers: Record<string, string>) =>
      fetch(`${served.url}/api/v4/projects/1/pipeline`, { method: "POST", headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ "PRIVATE-TOKEN": "secret" })).status).toBe(201);
    await served.line(/Pipeline 3 success/);
    served.signal("SIGTERM");
    expect(await served.ended).toBe(0);
  });

  it("cancels the pipeline when it is ended", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    const never = Promise.withResolvers<void>();
    await using served = await serve([], () => ({ hold: never.promise }));
    await served.line(/▶ hello/);
    served.signal("SIGINT");
    expect(await served.ended).toBe(1);
    expect(served.lines).toContain("Pipeline 1 canceled");
    never.resolve();
  });

  it.each([
    [["--repo", "/nonexistent"], "PIPELINE_MISSING"],
    [["--file", "other.yml"], "PIPELINE_MISSING"],
    [["--file", "../x.yml"], "PIPELINE_OUTSIDE"],
    [["--listen", "nowhere:port"], "LISTEN_ADDRESS"],
    [["--external-url", "ftp://x"], "USAGE_FLAG"],
    [["--var", "novalue"], "USAGE_FLAG"],
  ])("refuses %j with %s", async (flags, code) => {
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    const refused = commandLine().run("coordinator", "--repo", project, "--once", ...flags);
    await expect(refused).rejects.toMatchObject({ code, exitCode: 2 });
  });
});

describe("longshore exec, without Docker", () => {
  it("lists the pipeline's jobs", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), `${yaml}later: {stage: build, script: [x], when: manual}\n`);
    const command = commandLine();
    expect(await command.run("exec", "--list")).toBe(0);
    expect(command.lines).toEqual(["build  hello", "build  later  (manual)"]);
  });

  it("names a mistake in the pipeline even when no daemon answers", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), "job: {scrip: [x]}\n");
    const flags = ["--docker-host", `unix://${join(project, "none.sock")}`, "--state-dir", join(project, "state")];
    await expect(commandLine().run("exec", ...flags)).rejects.toMatchObject({ code: "PIPELINE_INVALID", exitCode: 2 });
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    await expect(commandLine().run("exec", ...flags)).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("says which job a name may have meant", async () => {
    await writeFile(join(project, ".gitlab-ci.yml"), yaml);
    await expect(commandLine().run("exec", "--list", "helo")).rejects.toMatchObject({ hint: 'Did you mean "hello"?' });
  });
});
