import { spawn } from "node:child_process";
import { AgentError } from "../../support/errors.ts";
import { gitEnvironment } from "./git-environment.ts";

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GitContext {
  /** Working directory. */
  readonly directory: string;
  /** What git is found and configured by (PATH, HOME). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** GIT_* variables for these calls. */
  readonly git?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Runs git and gives what it said, whatever its exit code. */
export function tryGit(context: GitContext, args: readonly string[], input = ""): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [...args], {
      cwd: context.directory,
      env: { ...gitEnvironment(context.environment), ...context.git },
      stdio: ["pipe", "pipe", "pipe"],
      signal: context.signal,
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (context.signal.aborted) reject(context.signal.reason as Error);
      else reject(error.code === "ENOENT" ? gitMissing(error) : error);
    });
    child.once("close", (code) =>
      resolve({
        exitCode: code ?? 1,
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
      }),
    );
    // A git that ends without reading its input is no error of its own.
    child.stdin.once("error", () => undefined);
    child.stdin.end(input);
  });
}

/**
 * Runs git and gives its output without the last line end.
 *
 * @throws AgentError GIT_MISSING, GIT_UNTRUSTED_DIRECTORY, GIT_FAILED
 */
export async function git(context: GitContext, args: readonly string[], input = ""): Promise<string> {
  const result = await tryGit(context, args, input);
  if (result.exitCode !== 0) throw gitError(args, result);
  return result.stdout.replace(/\n$/, "");
}

function gitMissing(cause: unknown): AgentError {
  return new AgentError("GIT_MISSING", "there is no git on the PATH", {
    hint: "Install git; the coordinator serves the repository's files to the jobs with it.",
    cause,
  });
}

function gitError(args: readonly string[], result: GitResult): AgentError {
  const said = result.stderr.trim();
  if (said.includes("dubious ownership")) {
    return new AgentError("GIT_UNTRUSTED_DIRECTORY", "git does not trust this directory: it belongs to another user", {
      hint: "Run `git config --global --add safe.directory DIRECTORY`, or start as the user who owns it.",
    });
  }
  return new AgentError("GIT_FAILED", `git ${args[0] ?? ""} failed: ${said.split("\n").at(-1) ?? ""}`, {
    hint: "Run the same git command in the repository to see what is wrong with it.",
  });
}
