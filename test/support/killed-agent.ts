import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { configText, type TestAgentOptions } from "./agent.ts";
import type { TestCoordinator } from "./coordinator.ts";

const cli = join(import.meta.dirname, "../../src/cli.ts");

/** An agent as a process of its own, to be killed; further ones take over its state. */
export interface KilledAgent extends AsyncDisposable {
  /** Config and state lie in it, as `startTestAgent` expects them. */
  readonly directory: string;
  start(): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** As it stands in labels. */
  agentId(): Promise<string>;
  /** What all of them said. */
  lines(): Promise<string>;
}

export async function killedAgent(options: Omit<TestAgentOptions, "directory">): Promise<KilledAgent> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const config = join(directory, "config.toml");
  const log = join(directory, "agent.log");
  await writeFile(config, configText(options, directory), { mode: 0o600 });
  let child: ChildProcess | null = null;
  const kill = async () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return {
    directory,
    start: () => {
      const started = spawn(
        process.execPath,
        [cli, "run", "--config", config, "--state-dir", join(directory, "state")],
        {
          env: { PATH: process.env["PATH"], HOME: directory },
          stdio: ["ignore", "ignore", "pipe"],
        },
      );
      started.stderr.on("data", (text: Buffer) => void appendFile(log, text).catch(() => {}));
      child = started;
    },
    kill,
    agentId: async () => (await readdir(join(directory, "state")))[0] ?? "",
    lines: () => readFile(log, "utf8").catch(() => ""),
    [Symbol.asyncDispose]: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves when every fault that was put in has been met. */
export async function faultsMet({ faults }: TestCoordinator): Promise<void> {
  const limit = AbortSignal.timeout(60_000);
  while (faults.pending > 0) await pause(20, undefined, { signal: limit });
}

/** Resolves when the coordinator has this text in a job's log. */
export async function shown(coordinator: TestCoordinator, id: number, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let log = "";
  coordinator.events.on("trace-appended", ({ jobId, bytes }) => {
    if (jobId === id && (log += bytes.toString()).includes(text)) resolve();
  });
  await promise;
}
