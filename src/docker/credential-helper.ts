import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Login } from "./registry-auth.ts";

/** They ask clouds and key rings, and may be waiting for somebody to type. */
const limitMs = 30_000;
const longestOutput = 1_048_576;
const notFound = "credentials not found in native keychain";
/** In place of a user's name: the secret is an identity token. */
const tokenUser = "<token>";

/** Says why a helper gave no answer. Never holds what the helper printed: that may be a secret. */
export class CredentialHelperError extends Error {
  constructor(helper: string, problem: string) {
    super(`docker-credential-${helper} ${problem}`);
    this.name = "CredentialHelperError";
  }
}

/** A name, and not a path to whatever program: only `docker-credential-NAME` on the agent's PATH is ever run. */
export function isHelperName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

/** The login that a helper has for a registry; null when it has none. @throws CredentialHelperError */
export async function askCredentialHelper(
  helper: string,
  registry: string,
  signal: AbortSignal,
): Promise<Login | null> {
  const { code, output } = await run(helper, "get", registry, signal);
  if (code !== 0) {
    if (output.trim() === notFound) return null;
    throw new CredentialHelperError(helper, `failed with exit code ${code}`);
  }
  const { Username, Secret } = read(helper, output);
  if (typeof Username !== "string" || typeof Secret !== "string") throw unreadable(helper);
  if (Username === tokenUser) return { username: "", password: "", identitytoken: Secret };
  return Secret === "" ? null : { username: Username, password: Secret };
}

/** The registries that a helper has logins for. @throws CredentialHelperError */
export async function listCredentialHelper(helper: string, signal: AbortSignal): Promise<string[]> {
  const { code, output } = await run(helper, "list", "", signal);
  if (code !== 0) throw new CredentialHelperError(helper, `failed with exit code ${code}`);
  return Object.keys(read(helper, output));
}

function read(helper: string, output: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    throw unreadable(helper);
  }
  if (typeof parsed !== "object" || parsed === null) throw unreadable(helper);
  return parsed as Readonly<Record<string, unknown>>;
}

function unreadable(helper: string): CredentialHelperError {
  return new CredentialHelperError(helper, "printed what is no answer");
}

interface Answer {
  readonly code: number;
  readonly output: string;
}

/** A group of its own, so that nothing that it started outlives the limit. */
function run(helper: string, verb: "get" | "list", input: string, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
    const child = spawn(`docker-credential-${helper}`, [verb], { stdio: ["pipe", "pipe", "ignore"], detached: true });
    const pieces: Buffer[] = [];
    let size = 0;
    const give = (settle: () => void) => {
      limit.removeEventListener("abort", onLimit);
      if (child.pid !== undefined && child.exitCode === null) kill(child.pid);
      child.stdout.destroy();
      settle();
    };
    const onLimit = () => {
      const late = new CredentialHelperError(helper, `gave no answer within ${limitMs / 1000} s`);
      give(() => reject(signal.aborted ? (signal.reason as Error) : late));
    };
    limit.addEventListener("abort", onLimit, { once: true });
    child.on("error", (error: NodeJS.ErrnoException) => {
      const problem = error.code === "ENOENT" ? "is not on the agent's PATH" : `can't be run (${error.code ?? "?"})`;
      give(() => reject(new CredentialHelperError(helper, problem)));
    });
    child.stdout.on("data", (bytes: Buffer) => {
      size += bytes.length;
      if (size > longestOutput) give(() => reject(unreadable(helper)));
      else pieces.push(bytes);
    });
    child.on("exit", (code, name) => {
      const status = code ?? 128 + (name === null ? 0 : constants.signals[name]);
      // What the helper left running holds its output open.
      if (child.pid !== undefined) kill(child.pid);
      const end = () => give(() => resolve({ code: status, output: Buffer.concat(pieces).toString("utf8") }));
      if (child.stdout.readableEnded) end();
      else child.stdout.once("end", end);
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

function kill(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is over.
  }
}
