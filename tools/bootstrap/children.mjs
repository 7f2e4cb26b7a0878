// The programs the bootstrap starts: none outlives it, whatever ends it, and none that works unseen is without a limit.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

const running = new Set();
const patience = 30_000;
let ending = false;

/** A child that is told to end when the bootstrap is. */
export function startChild(command, args, options = {}) {
  const child = spawn(command, args, options);
  running.add(child);
  child.once("close", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** Runs a program unseen. Never throws for its exit code: the caller knows what a failure means. */
export async function capture(command, args, { limit, onLine, cwd, env }) {
  const child = startChild(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const take = (chunk) => {
    output += chunk;
    const line = chunk
      .trimEnd()
      .split(/[\r\n]/)
      .pop()
      ?.trim();
    if (line) onLine?.(line);
  };
  child.stdout.setEncoding("utf8").on("data", take);
  child.stderr.setEncoding("utf8").on("data", take);
  let timedOut = false;
  const timer = setTimeout(() => ((timedOut = true), child.kill("SIGKILL")), limit);
  const code = await exitCode(child, command).finally(() => clearTimeout(timer));
  if (timedOut) output += `\n${command} was stopped after ${limit / 1000} s`;
  return { ok: code === 0, code, output };
}

/** Runs a program on our own terminal, for as long as it likes, and gives its exit code. */
export async function passThrough(command, args, { env, cwd }) {
  return exitCode(startChild(command, args, { cwd, env, stdio: "inherit" }), command);
}

async function exitCode(child, command) {
  const [code, signal] = await Promise.race([
    once(child, "close"),
    once(child, "error").then(([error]) => {
      throw error.code === "ENOENT" ? new Error(`${command}: no such program on the PATH`) : error;
    }),
  ]);
  // A child that ended because we are ending is no result: the signal's handler has the last word.
  if (ending) await new Promise(() => {});
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

/** Ctrl-C or TERM: the children end first, then the clean-up runs, then we go with the code that a shell expects. */
export function endWithOurChildren(cleanUp) {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, async () => {
      if (ending) return;
      ending = true;
      const gone = [...running].map((child) => once(child, "close"));
      // A terminal has sent Ctrl-C to the children too, and many programs take a second one as "at once".
      const heardIt = signal === "SIGINT" && process.stdin.isTTY;
      if (!heardIt) for (const child of running) child.kill(signal);
      const timer = setTimeout(() => running.forEach((child) => child.kill("SIGKILL")), patience);
      await Promise.allSettled(gone);
      clearTimeout(timer);
      cleanUp();
      process.exit(128 + constants.signals[signal]);
    });
  }
}
