import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AgentError, messageOf } from "../support/errors.ts";
import { LockFile } from "./lock-file.ts";

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

/** Where the agent with this configuration keeps its state, whether or not it ever ran; its last part is the agent's id. */
export async function statePathOf(root: string, configPath: string): Promise<string> {
  return pathFor(root, await canonical(configPath));
}

function pathFor(root: string, config: string): string {
  return join(root, createHash("sha256").update(config).digest("hex").slice(0, 16));
}

/** So that two spellings of one file are one configuration. */
async function canonical(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return resolve(path);
  }
}
