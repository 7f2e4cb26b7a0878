#!/usr/bin/env node
import { createHash } from "node:crypto";
import { homedir, hostname } from "node:os";
import { Command, CommanderError, Option } from "commander";
import type { AgentDeps } from "./commands/agent-deps.ts";
import { addCoordinatorCommand } from "./commands/coordinator.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addExecCommand } from "./commands/exec.ts";
import { addListCommand } from "./commands/list.ts";
import { addRegisterCommand } from "./commands/register.ts";
import { terminalPrompter } from "./commands/register-prompts.ts";
import { addResetTokenCommand } from "./commands/reset-token.ts";
import { addRunCommand } from "./commands/run.ts";
import { addRunSingleCommand } from "./commands/run-single.ts";
import { addUnregisterCommand } from "./commands/unregister.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { logFormats, logLevels } from "./config/schema.ts";
import { createRunnerApi } from "./coordinator/client.ts";
import type { AgentIdentity } from "./coordinator/info.ts";
import { systemClock } from "./support/clock.ts";
import { AgentError, messageOf } from "./support/errors.ts";
import { version } from "./version.ts";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

const identity: AgentIdentity = {
  version,
  revision: createHash("sha256").update(version).digest("hex").slice(0, 8),
  nodeVersion: process.version,
  platform: process.platform,
  architecture: architectures[process.arch] ?? process.arch,
};

/** Set by commands; the process ends by itself when nothing is left to do, so that no output is cut off. */
let exitCode = 0;
const interrupted = new AbortController();

const program = new Command("longshore")
  .description("A CI agent for GitLab-compatible coordinators that gives every job a working Docker")
  .version(version, "-v, --version")
  .addOption(new Option("--debug", "log everything").env("RUNNER_DEBUG"))
  .addOption(new Option("-l, --log-level <level>", "what is logged").choices([...logLevels]).env("LOG_LEVEL"))
  .addOption(new Option("--log-format <format>", "how it is logged").choices([...logFormats]).env("LOG_FORMAT"))
  .enablePositionalOptions()
  .showHelpAfterError("(add --help for what there is)")
  .exitOverride();

const deps: AgentDeps = {
  env: process.env,
  home: homedir(),
  uid: process.getuid?.() ?? -1,
  hostname: hostname(),
  identity,
  clock: systemClock,
  createRunnerApi: createRunnerApi({ agent: identity, clock: systemClock, proxies: process.env }),
  prompter: process.stdin.isTTY && process.stdout.isTTY ? terminalPrompter : null,
  signal: interrupted.signal,
  signals: {
    on: (name, handler) => {
      process.on(name, handler);
      return () => process.off(name, handler);
    },
  },
  print: (line) => process.stdout.write(`${line}\n`),
  say: (line) => process.stderr.write(`${line}\n`),
  writeError: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true && !process.env["NO_COLOR"],
  logOptions: () => {
    const {
      debug,
      logLevel = "",
      logFormat = "",
    } = program.opts<{ debug?: true; logLevel?: string; logFormat?: string }>();
    return { level: debug ? "debug" : logLevel, format: logFormat };
  },
  exitWith: (code) => {
    exitCode = code;
  },
};

const registrationCommands = [
  addRegisterCommand,
  addVerifyCommand,
  addListCommand,
  addUnregisterCommand,
  addResetTokenCommand,
];
for (const add of registrationCommands) add(program, deps);
addRunCommand(program, deps);
addRunSingleCommand(program, deps);
addDoctorCommand(program, deps);
addExecCommand(program, deps);
addCoordinatorCommand(program, deps);

const interrupt = () => interrupted.abort(new Error("interrupted"));
process.once("SIGINT", interrupt);
process.once("SIGTERM", interrupt);

// A promise that nobody waited for is a fault of ours, and no reason to lose the jobs that run.
process.on("unhandledRejection", (error) => process.stderr.write(`ERROR: unexpected: ${messageOf(error)}\n`));

try {
  await program.parseAsync();
} catch (error) {
  exitCode = report(error);
}
process.exit(exitCode);

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof AgentError) {
    process.stderr.write(`ERROR: ${error.message}\n  fix: ${error.hint} [${error.code}]\n`);
    return error.exitCode;
  }
  process.stderr.write(`ERROR: ${messageOf(error)}\n`);
  return 1;
}
