import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";

const runnerSchema = z.object({
  id: z.number().int(),
  token: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  runUntagged: z.boolean(),
  paused: z.boolean(),
  /** Seconds; 0 for none. */
  maximumTimeout: z.number(),
  /** system_id of every manager seen. */
  managers: z.array(z.string()),
});

/** A runner as the coordinator knows it. */
export type RunnerRecord = z.infer<typeof runnerSchema>;

export type NewRunner = Partial<Omit<RunnerRecord, "id" | "managers">>;

/** A token as GitLab makes it for a runner that was created on the server (protocol 2.1). */
export function createdRunnerToken(): string {
  return `glrt-t1_${randomBytes(15).toString("base64url")}`;
}

/** The 20 characters that a registration token is exchanged for. */
export function registeredRunnerToken(): string {
  return randomBytes(15).toString("base64url");
}

/** All runners, kept in one file so that their tokens stay good when the coordinator starts again. */
export class RunnerStore {
  readonly #path: string;
  #runners: RunnerRecord[] = [];
  #nextId = 1;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<void> {
    const text = await readFile(this.#path, "utf8").catch(() => "[]");
    this.#runners = z.array(runnerSchema).parse(JSON.parse(text));
    this.#nextId = Math.max(0, ...this.#runners.map((runner) => runner.id)) + 1;
  }

  list(): readonly RunnerRecord[] {
    return this.#runners;
  }

  byToken(tokens: readonly string[]): RunnerRecord | undefined {
    return this.#runners.find((runner) => tokens.includes(runner.token));
  }

  add(runner: NewRunner): RunnerRecord {
    const record: RunnerRecord = {
      id: this.#nextId++,
      token: runner.token ?? createdRunnerToken(),
      description: runner.description ?? "",
      tags: runner.tags ?? [],
      runUntagged: runner.runUntagged ?? true,
      paused: runner.paused ?? false,
      maximumTimeout: runner.maximumTimeout ?? 0,
      managers: [],
    };
    this.#runners.push(record);
    return record;
  }

  remove(runner: RunnerRecord): void {
    this.#runners = this.#runners.filter((other) => other !== runner);
  }

  /** Writes the present state; resolves when it lies on the disk. */
  save(): Promise<void> {
    const text = JSON.stringify(this.#runners, null, 2);
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, text, { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    });
    return this.#writing;
  }
}
