import { join } from "node:path";
import { Command } from "commander";
import type { AgentDeps } from "../../../src/commands/agent-deps.ts";
import { addDoctorCommand } from "../../../src/commands/doctor.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { FakeCoordinator } from "./fake-coordinator.ts";

/** `longshore doctor` on a directory of its own, without a Docker daemon. */
export class DoctorLine {
  readonly file: string;
  readonly printed: string[] = [];
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.file = join(directory, "config.toml");
  }

  /** Resolves to the exit code; rejects with what the command rejects with. */
  async run(...args: readonly string[]): Promise<number> {
    const exit = Promise.withResolvers<number>();
    const deps: AgentDeps = {
      env: { CONFIG_FILE: this.file, LONGSHORE_STATE_DIR: join(this.#directory, "state") },
      home: this.#directory,
      uid: 1000,
      hostname: "build-host",
      identity: { version: "0", revision: "00000000", nodeVersion: "v24", platform: "linux", architecture: "amd64" },
      clock: systemClock,
      createRunnerApi: new FakeCoordinator().createApi,
      prompter: null,
      signal: new AbortController().signal,
      signals: { on: () => () => {} },
      print: (line) => this.printed.push(line),
      say: () => {},
      writeError: () => {},
      isTerminal: false,
      logOptions: () => ({ level: "", format: "" }),
      exitWith: exit.resolve,
    };
    const program = new Command().exitOverride();
    addDoctorCommand(program, deps);
    await program.parseAsync(["node", "longshore", "doctor", ...args]);
    return await exit.promise;
  }
}
