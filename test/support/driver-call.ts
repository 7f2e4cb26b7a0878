import { spawn } from "node:child_process";
import { join } from "node:path";

const entry = join(import.meta.dirname, "../../src/custom-cli.ts");
const limitMs = 110_000;

/** One call of the driver, as a process of its own, leading a process group as a runner's calls do. */
export interface DriverProcess {
  readonly pid: number;
  /** Resolves with all that it wrote, when it has ended. */
  readonly ended: Promise<EndedCall>;
  /** To the whole group. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

export interface EndedCall {
  readonly name: string;
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param onOutput gets all that was written until then, both streams */
export function callDriver(
  name: string,
  args: readonly string[],
  environment: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  onOutput: (text: string) => void = () => {},
): DriverProcess {
  const child = spawn(process.execPath, [entry, "custom", name, ...args], { ...environment, detached: true });
  const { pid } = child;
  if (pid === undefined) throw new Error("the driver can't be started");
  const kill = (signal: "SIGTERM" | "SIGKILL") => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, signal);
  };
  const limit = setTimeout(() => kill("SIGKILL"), limitMs);
  const written = { stdout: "", stderr: "" };
  let all = "";
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      written[stream] += text;
      all += text;
      onOutput(all);
    });
  const ended = new Promise<EndedCall>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve({ name, code, ...written });
    });
  });
  return { pid, ended, kill };
}
