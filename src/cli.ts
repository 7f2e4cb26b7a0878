#!/usr/bin/env node
import { writeSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { Command, Option } from "commander";
import { commandFailure } from "./command-failure.ts";
import type { AgentDeps } from "./commands/agent-deps.ts";
import { addCoordinatorCommand } from "./commands/coordinator.ts";
import { addCustomCommand } from "./commands/custom.ts";
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
import { identity } from "./identity.ts";
import { systemClock } from "./support/clock.ts";
import { messageOf } from "./support/errors.ts";
import { KnownSecrets } from "./support/known-secrets.ts";
import { hideShapes } from "./support/redact.ts";
import { terminalText } from "./support/terminal-text.ts";
import { writeOutput } from "./write-output.ts";
import { version } from "./version.ts";

/** Set by commands; the process ends by itself when nothing is left to do, so that no output is cut off. */
let exitCode = 0;
const interrupted = new AbortController();

const secrets = new KnownSecrets();
const hide = (text: string): string => terminalText(hideShapes(secrets.hide(text)));

// `ps` shows arguments to everybody on this machine. They have been read; the window until here remains.
if (process.argv.some((argument) => /^(?:--(?:token|registration-token|pat)|-[tr])(?:=|$)/.test(argument)))
  process.title = `longshore ${process.argv[2] ?? ""}`;

const program = new Command("longshore")
  .description("A CI agent for GitLab-compatible coordinators that gives every job a working Docker")
  .version(version, "-v, --version")
  .addOption(new Option("--debug", "log everything").env("RUNNER_DEBUG"))
  .addOption(new Option("-l, --log-level <level>", "what is logged").choices([...logLevels]).env("LOG_LEVEL"))
  .addOption(new Option("--log-format <format>", "how it is logged").choices([...logFormats]).env("LOG_FORMAT"))
  .enablePositionalOptions()
  .showHelpAfterError("(add --help for what there is)")
  // It quotes what it does not understand: `--tokn=glrt-...`.
  .configureOutput({
    writeErr: (text) => process.stderr.write(hide(text.replace(/(option '-[^'=]*=)[^']*'/, "$1...'"))),
  })
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
  print: (line) => process.stdout.write(`${terminalText(line)}\n`),
  say: (line) => process.stderr.write(`${hide(line)}\n`),
  secrets,
  writeError: (text) => process.stderr.write(terminalText(text)),
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
addCustomCommand(program, { ...deps, write: writeOutput });

const interrupt = () => interrupted.abort(new Error("interrupted"));
process.once("SIGINT", interrupt);
process.once("SIGTERM", interrupt);

// A promise that nobody waited for is a fault of ours, and no reason to lose the jobs that run.
process.on("unhandledRejection", (error) => process.stderr.write(hide(`ERROR: unexpected: ${messageOf(error)}\n`)));
// Node would print the error with all that a library hung on it: requests, their headers, keys.
process.on("uncaughtException", (error: unknown) => {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  writeSync(process.stderr.fd, hide(`FATAL: unexpected: ${messageOf(error)}\n${stack}\n`));
  process.exit(1);
});

try {
  await program.parseAsync();
} catch (error) {
  const { text, exitCode: code } = commandFailure(error);
  if (text !== "") process.stderr.write(hide(`${text}\n`));
  exitCode = code;
}
process.exit(exitCode);
