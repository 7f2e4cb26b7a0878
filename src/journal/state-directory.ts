import { randomBytes } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, messageOf } from "../support/errors.ts";
import { LockFile } from "./lock-file.ts";
import { canonical, pathFor } from "./state-path.ts";

/**
 * What an agent keeps between its runs, one directory per configuration file: ROOT/<hash of the config's path>/ with
 * `lock` and `jobs/`. Mode 0700, since job tokens lie in it.
 */
export class StateDirectory {
  readonly path: string;
  /** Random for each start of the agent; part of the labels of what this start creates. */
  readonly boot: string;
  readonly #lock: LockFile;

  private constructor(path: string, lock: LockFile) {
    this.path = path;
    this.boot = randomBytes(6).toString("hex");
    this.#lock = lock;
  }

  /**
   * Makes the directory if need be, and locks it until `close`, or until the process ends in whatever way.
   * @throws AgentError STATE_LOCKED, STATE_DIRECTORY
   */
  static async open(root: string, configPath: string): Promise<StateDirectory> {
    const config = await canonical(configPath);
    const path = pathFor(root, config);
    try {
      await mkdir(join(path, "jobs"), { recursive: true, mode: 0o700 });
      await chmod(path, 0o700);
      return new StateDirectory(path, await LockFile.acquire(join(path, "lock"), config));
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError("STATE_DIRECTORY", `The state directory ${path} can't be used: ${messageOf(error)}`, {
        hint: "Give the agent's user write access to it, or name another one with --state-dir.",
        cause: error,
      });
    }
  }

  /** Holds one directory per job that is not over. */
  get jobsPath(): string {
    return join(this.path, "jobs");
  }

  async close(): Promise<void> {
    await this.#lock.release();
  }
}
