#!/usr/bin/env node
import { writeSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { Command } from "commander";
import { commandFailure } from "./command-failure.ts";
import { addCustomCommand } from "./commands/custom.ts";
import { identity } from "./identity.ts";
import { systemClock } from "./support/clock.ts";
import { messageOf } from "./support/errors.ts";
import { hideShapes } from "./support/redact.ts";
import { terminalText } from "./support/terminal-text.ts";
import { writeOutput } from "./write-output.ts";

/**
 * `longshore custom` alone, without what the other commands load: a runner starts a process for each of a job's dozen
 * stages, and waits for it.
 */
let exitCode = 0;
const interrupted = new AbortController();
const sayError = (text: string) => process.stderr.write(`${terminalText(hideShapes(text))}\n`);

const program = new Command("longshore").exitOverride().showHelpAfterError("(add --help for what there is)");
addCustomCommand(program, {
  env: process.env,
  home: homedir(),
  uid: process.getuid?.() ?? -1,
  hostname: hostname(),
  identity,
  clock: systemClock,
  signal: interrupted.signal,
  write: writeOutput,
  say: sayError,
  exitWith: (code) => {
    exitCode = code;
  },
});

const interrupt = () => interrupted.abort(new Error("interrupted"));
process.once("SIGINT", interrupt);
// Told twice it still ends what runs, and hears its last words; a runner that won't wait kills it.
process.on("SIGTERM", interrupt);
// Node would print the error with all that a library hung on it.
process.on("uncaughtException", (error: unknown) => {
  writeSync(process.stderr.fd, `${terminalText(hideShapes(`FATAL: unexpected: ${messageOf(error)}`))}\n`);
  process.exit(Number(process.env["SYSTEM_FAILURE_EXIT_CODE"]) || 1);
});

try {
  await program.parseAsync();
} catch (error) {
  const { text, exitCode: code } = commandFailure(error);
  if (text !== "") sayError(text);
  exitCode = code;
}
process.exit(exitCode);
