import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import type { CommandDeps, Prompter } from "../../../src/commands/command-deps.ts";
import { addListCommand } from "../../../src/commands/list.ts";
import { addRegisterCommand } from "../../../src/commands/register.ts";
import { addResetTokenCommand } from "../../../src/commands/reset-token.ts";
import { addUnregisterCommand } from "../../../src/commands/unregister.ts";
import { addVerifyCommand } from "../../../src/commands/verify.ts";
import { FakeCoordinator } from "./fake-coordinator.ts";

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly prompter?: Prompter;
  readonly signal?: AbortSignal;
}

/** The registration commands on a directory of their own, with a coordinator that behaves. */
export class CommandLine implements AsyncDisposable {
  readonly coordinator = new FakeCoordinator();
  readonly file: string;
  readonly printed: string[] = [];
  readonly said: string[] = [];
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
    this.file = path.join(directory, "config", "config.toml");
  }

  static async create(): Promise<CommandLine> {
    return new CommandLine(await mkdtemp(path.join(tmpdir(), "longshore-commands-")));
  }

  /** Resolves to the exit code; rejects with what the command rejects with. */
  async run(args: readonly string[], { env = {}, prompter, signal }: RunOptions = {}): Promise<number> {
    const exit = Promise.withResolvers<number>();
    const deps: CommandDeps = {
      createRunnerApi: this.coordinator.createApi,
      prompter: prompter ?? null,
      env: { CONFIG_FILE: this.file, ...env },
      home: this.directory,
      uid: 1000,
      hostname: "build-host",
      clock: { now: () => Date.parse("2026-01-02T03:04:05.678Z"), monotonic: () => 0, sleep: () => Promise.resolve() },
      signal: signal ?? new AbortController().signal,
      print: (line) => this.printed.push(line),
      say: (line) => this.said.push(line),
      exitWith: exit.resolve,
    };
    const program = new Command().exitOverride();
    const mounts = [addRegisterCommand, addVerifyCommand, addListCommand, addUnregisterCommand, addResetTokenCommand];
    for (const mount of mounts) mount(program, deps);
    await program.parseAsync(["node", "longshore", ...args]);
    return await exit.promise;
  }

  /** null when nothing was written. */
  async config(): Promise<string | null> {
    return await readFile(this.file, "utf8").catch(() => null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
