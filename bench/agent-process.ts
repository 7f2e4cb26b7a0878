import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A runner under measurement: ours, or another that takes the same config.toml. */
export interface Contestant {
  readonly name: string;
  /** `bin/longshore`, or the other runner's executable. */
  readonly command: string;
  readonly helperImage: string;
  /** Where it keeps what must survive a crash goes below the case's directory. */
  readonly directoryFlag: "--state-dir" | "--working-directory";
}

export interface AgentProcess extends AsyncDisposable {
  readonly pid: number;
  /** The same as `work`, or an error as soon as the process ends or `work` fails: with the end of its own log. */
  during<T>(work: Promise<T>): Promise<T>;
}

const endLimitMs = 20_000;
const tailLength = 1_500;

/** Starts `COMMAND run --config FILE`, as a user would. */
export async function startAgentProcess(
  { name, command, directoryFlag }: Contestant,
  directory: string,
): Promise<AgentProcess> {
  const logFile = join(directory, "agent.log");
  const state = join(directory, "state");
  await mkdir(state);
  const log = await open(logFile, "w");
  const args = ["run", "--config", join(directory, "config.toml"), directoryFlag, state];
  const child = spawn(command, args, { stdio: ["ignore", log.fd, log.fd], cwd: directory, detached: true });
  try {
    await once(child, "spawn");
  } finally {
    await log.close();
  }
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`${name} ended by itself (${signal ?? code})`)));
  });
  // It ends when nobody waits for it, too.
  ended.catch(() => {});
  return {
    pid: child.pid ?? 0,
    during: async (work) => {
      try {
        return await Promise.race([work, ended]);
      } catch (error) {
        const tail = (await readFile(logFile, "utf8")).slice(-tailLength);
        throw new Error(`${(error as Error).message}\nthe runner's own log ends with:\n${tail}`, { cause: error });
      }
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), endLimitMs);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}
