import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Command } from "commander";
import type { AgentDeps } from "../../../src/commands/agent-deps.ts";
import { addDoctorCommand } from "../../../src/commands/doctor.ts";
import { createRunnerApi } from "../../../src/coordinator/client.ts";
import type { Verdict } from "../../../src/doctor/check.ts";
import { systemClock } from "../../../src/support/clock.ts";

const identity = { version: "0", revision: "00000000", nodeVersion: "v24", platform: "linux", architecture: "amd64" };

interface CheckLine {
  readonly name: string;
  readonly verdict: Verdict;
  readonly finding: string;
  readonly fix: string;
}

interface JsonReport {
  readonly ok: boolean;
  readonly seconds: number;
  readonly checks: readonly CheckLine[];
  readonly runners: readonly { readonly name: string; readonly checks: readonly CheckLine[] }[];
}

/** What `longshore doctor --json` said. */
export interface Examined {
  readonly exitCode: number;
  readonly report: JsonReport;
  /** All that was checked, of the machine and of every entry. */
  readonly checks: readonly CheckLine[];
  /** Names of the checks that failed or warn, each once. */
  readonly found: readonly string[];
  readonly said: readonly string[];
}

export interface ExaminationOptions {
  readonly file: string;
  readonly config: string;
  readonly stateDir: string;
  readonly args?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Runs the command in this process. */
export async function examination(options: ExaminationOptions): Promise<Examined> {
  await mkdir(dirname(options.file), { recursive: true });
  await writeFile(options.file, options.config);
  const exit = Promise.withResolvers<number>();
  const printed: string[] = [];
  const said: string[] = [];
  const deps: AgentDeps = {
    env: {},
    home: dirname(options.file),
    uid: 1000,
    hostname: "build-host",
    identity,
    clock: systemClock,
    createRunnerApi: createRunnerApi({ agent: identity, clock: systemClock, proxies: {} }),
    prompter: null,
    signal: options.signal ?? new AbortController().signal,
    signals: { on: () => () => {} },
    print: (line) => printed.push(line),
    say: (line) => said.push(line),
    writeError: (text) => said.push(text),
    isTerminal: false,
    logOptions: () => ({ level: "", format: "" }),
    exitWith: exit.resolve,
  };
  const program = new Command().exitOverride();
  addDoctorCommand(program, deps);
  const args = ["doctor", "--json", "--config", options.file, "--state-dir", options.stateDir, ...(options.args ?? [])];
  await program.parseAsync(["node", "longshore", ...args]);
  const exitCode = await exit.promise;
  const report = JSON.parse(printed.join("\n")) as JsonReport;
  const checks = [...report.checks, ...report.runners.flatMap((runner) => runner.checks)];
  const bad = checks.filter(({ verdict }) => verdict === "fail" || verdict === "warn");
  return { exitCode, report, checks, found: [...new Set(bad.map(({ name }) => name))], said };
}
