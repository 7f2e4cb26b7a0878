import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

const cli = path.join(import.meta.dirname, "../../../src/cli.ts");

export interface Outcome {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory that is home and working directory of one command. */
export class CommandHome implements AsyncDisposable {
  readonly directory: string;
  /** What CONFIG_FILE names. */
  readonly config: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.config = path.join(directory, "config", "config.toml");
  }

  static async create(): Promise<CommandHome> {
    return new CommandHome(await mkdtemp(path.join(tmpdir(), "longshore-bad-input-")));
  }

  /** Without the variables of the machine, and without a terminal. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: this.directory,
      env: { PATH: process.env["PATH"], HOME: this.directory, CONFIG_FILE: this.config, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
    const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [exit, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
    return { exit, stdout, stderr };
  }

  /** Every file below, with its text. */
  async contents(): Promise<Readonly<Record<string, string>>> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return Object.fromEntries(files.map((file, i) => [path.relative(this.directory, file), texts[i] ?? ""]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
