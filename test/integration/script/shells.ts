import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export interface Shell {
  readonly name: string;
  /** Command that runs a script from its standard input. */
  readonly command: readonly string[];
  readonly hasPipefail: boolean;
}

const CANDIDATES: readonly Shell[] = [
  { name: "bash", command: ["bash"], hasPipefail: true },
  { name: "dash", command: ["dash"], hasPipefail: false },
  { name: "busybox sh", command: ["busybox", "sh"], hasPipefail: true },
];

/** The shells of this machine (Debian's busybox takes its own `cp`, `find` and so on before those of the PATH). At least one is always there. */
export const shells: readonly Shell[] = CANDIDATES.filter(
  ({ command }) => spawnSync(command[0] ?? "", [...command.slice(1), "-c", "exit 0"]).status === 0,
);

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Raw standard output. */
  readonly bytes: Uint8Array;
}

/** Runs a script as the executor does: on the shell's standard input. */
export function run(shell: Shell, script: string, env: Readonly<Record<string, string>> = {}): Outcome {
  const [file = "", ...args] = shell.command;
  const result = spawnSync(file, args, {
    input: script,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    maxBuffer: 1 << 30,
    timeout: 60_000,
  });
  return {
    code: result.status,
    stdout: result.stdout.toString(),
    stderr: result.stderr.toString(),
    bytes: result.stdout,
  };
}

/** A directory of the test's own, removed with the returned object. */
export function temporaryDirectory(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), "longshore-script-"));
  return {
    path,
    [Symbol.dispose]: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Without colours. */
export function bare(text: string): string {
  return stripVTControlCharacters(text);
}
