import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";

export interface AgentFiles {
  readonly configFile: string;
  readonly stateDir: string;
  /** Its TMPDIR and HOME: what is left in them at the end was left by it. */
  readonly tempDir: string;
  readonly home: string;
  readonly logFile: string;
  /** Of Node. */
  readonly nodeArguments?: readonly string[];
  /** Beside PATH, HOME and TMPDIR. */
  readonly environment?: Readonly<Record<string, string>>;
}

const cli = join(import.meta.dirname, "..", "src", "cli.ts");
const stopLimitMs = 40_000;

/** The agent as a process of its own that is killed and started again. */
export class KillableAgent {
  readonly #files: AgentFiles;
  readonly #onOwnEnd: (how: string) => void;
  #child: ChildProcess | null = null;

  /** @param onOwnEnd it ended, and nobody had told it to */
  constructor(files: AgentFiles, onOwnEnd: (how: string) => void) {
    this.#files = files;
    this.#onOwnEnd = onOwnEnd;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  async start(): Promise<void> {
    if (this.#child !== null) return;
    const { configFile, stateDir, tempDir, home, logFile, nodeArguments = [], environment = {} } = this.#files;
    const log = await open(logFile, "a");
    const args = [...nodeArguments, cli, "run", "--config", configFile, "--state-dir", stateDir];
    const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: tempDir, ...environment };
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", log.fd, log.fd], detached: true });
    this.#child = child;
    // Whatever ends us must not leave it behind.
    const endToo = () => child.kill("SIGKILL");
    process.once("exit", endToo);
    child.once("exit", (code, signal) => {
      process.off("exit", endToo);
      if (this.#child !== child) return;
      this.#child = null;
      this.#onOwnEnd(`exit code ${code}, signal ${signal}`);
    });
    try {
      await once(child, "spawn");
    } finally {
      await log.close();
    }
  }

  /** SIGKILL; false when there was nothing to kill. Resolves when it is gone. */
  async kill(): Promise<boolean> {
    const child = this.#take();
    if (child === null) return false;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    return true;
  }

  /** SIGTERM, and SIGKILL when that takes too long; says whether the first was enough. */
  async stop(): Promise<boolean> {
    const child = this.#take();
    if (child === null) return true;
    const gone = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
    child.kill("SIGTERM");
    const [, signal] = (await gone) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    return signal !== "SIGKILL";
  }

  #take(): ChildProcess | null {
    const child = this.#child;
    this.#child = null;
    return child;
  }
}
