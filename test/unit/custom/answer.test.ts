import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerFailure } from "../../../src/custom/answer.ts";
import type { DriverCall } from "../../../src/custom/driver.ts";
import { DockerError } from "../../../src/docker/errors.ts";
import { StageFailure } from "../../../src/executor/stage-failure.ts";
import { configurationRefusal } from "../../../src/job/refusal.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-test-"));
});
afterEach(() => rm(root, { recursive: true }));

const codeFile = () => join(root, "build_exit_code");
async function answered(error: unknown, signal = new AbortController().signal) {
  const lines: string[] = [];
  const caller = { buildFailure: 17, systemFailure: 18, exitCodeFile: codeFile() };
  const call = { caller, signal } as unknown as DriverCall;
  const scene = { session: null, plan: null, output: null };
  const code = await answerFailure(call, scene, error, async (line) => void lines.push(line));
  return { code, log: lines.join("\n"), written: await readFile(codeFile(), "utf8").catch(() => null) };
}

describe("what a call that failed tells its runner", () => {
  it("is a script's own exit code, in the file for it and nowhere else", async () => {
    const failure = new StageFailure("script-failed", "exit code 23", { exitCode: 23 });
    expect(await answered(failure)).toEqual({ code: 17, log: "", written: "23\n" });
  });

  it("is a failure of the system's where a retry may help, with the cause in the log", async () => {
    const failure = new DockerError("create container x", "server", "no space left on device", 500);
    const { code, log, written } = await answered(failure);
    expect([code, written]).toEqual([18, null]);
    expect(log).toContain("no space left on device");
  });

  it("is the build's own failure where it would fail again, with what to change", async () => {
    const { code, log } = await answered(configurationRefusal("NO_IMAGE", "no image", "set one"));
    expect(code).toBe(17);
    expect(log).toMatch(/What to do: set one\n.*ERROR: no image/);
  });

  it("is nothing but a code when the runner ended the call itself", async () => {
    const { code, log } = await answered(new Error("cut"), AbortSignal.abort());
    expect([code, log]).toEqual([18, ""]);
  });
});
