import { spawn } from "node:child_process";
import { once } from "node:events";

/** The Docker command line: what the floors are measured with. */
export interface DockerCli {
  readonly path: string;
  /** Runs it with its output thrown away; milliseconds from the start of the process to its end. */
  timed(...args: readonly string[]): Promise<number>;
  /** Runs it and hands on its output as it comes. */
  streamed(args: readonly string[], onOutput: (bytes: Buffer) => void): Promise<void>;
  output(...args: readonly string[]): Promise<string>;
}

export function dockerCli(path: string, env: NodeJS.ProcessEnv, signal: AbortSignal): DockerCli {
  async function run(args: readonly string[], onOutput: ((bytes: Buffer) => void) | null): Promise<number> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const child = spawn(path, args, { env, stdio: ["ignore", onOutput === null ? "ignore" : "pipe", "pipe"], signal });
    let complaint = "";
    child.stderr?.on("data", (bytes: Buffer) => (complaint = `${complaint}${bytes.toString()}`.slice(-2_000)));
    if (onOutput !== null) child.stdout?.on("data", onOutput);
    const [code] = (await once(child, "close")) as [number | null];
    const ms = performance.now() - startedAt;
    if (code !== 0) throw new Error(`docker ${args.slice(0, 3).join(" ")} ... ended with ${code}: ${complaint.trim()}`);
    return ms;
  }
  return {
    path,
    timed: (...args) => run(args, null),
    streamed: async (args, onOutput) => void (await run(args, onOutput)),
    output: async (...args) => {
      const chunks: Buffer[] = [];
      await run(args, (bytes) => void chunks.push(bytes));
      return Buffer.concat(chunks).toString("utf8");
    },
  };
}
