import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DockerConfig } from "../config/schema.ts";
import type { JobPlan } from "../job/plan.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import type { Ancestor, ProcessWorld } from "./caller-life.ts";

const version = 1;

/** What a job's calls tell each other. */
export interface SessionFacts {
  readonly jobId: number;
  /** Label of all that is made for the job, and of nothing else: by it everything is found again. */
  readonly boot: string;
  readonly agentId: string;
  /** What the agent's daemon is called and reached with. */
  readonly docker: Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path">;
  /** That daemon's own id: behind one address each machine has a daemon of its own. */
  readonly daemonId: string;
  readonly composeProject: string;
  /** The calling runner's directory for the job. */
  readonly directory: string;
  /** Milliseconds since the epoch: by then the runner has ended the job, or is no more. */
  readonly deadline: number;
  readonly world: ProcessWorld;
  /** Processes that all calls so far have in common, the nearest first. */
  readonly ancestors: readonly Ancestor[];
  readonly calls: number;
  readonly state: "planned" | "preparing" | "prepared";
  /** Ids of the containers; "" until they are made. */
  readonly helper: string;
  readonly build: string;
  /** Nothing of the image's stands before the build container's shell. */
  readonly startsShell: boolean;
  /** Scripts that were given to the build container. */
  readonly runs: number;
  /** For artifacts. */
  readonly coordinator: {
    readonly url: string;
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
    readonly certsDir: string;
  };
}

const factsFile = "session.json";
const planFile = "plan.json";
/** Whoever writes one is done with it in far less. */
const draftMs = 3_600_000;

/**
 * One try of a calling runner to run a job, kept in a directory (mode 0700, since the plan holds the job's secrets)
 * from its first call to its last.
 */
export class Session {
  readonly path: string;
  #facts: SessionFacts;

  private constructor(path: string, facts: SessionFacts) {
    this.path = path;
    this.#facts = facts;
  }

  /** @param root `sessionsPath` @throws AgentError CUSTOM_STATE */
  static async create(root: string, facts: SessionFacts, plan: JobPlan): Promise<Session> {
    const path = pathOf(root, facts.directory);
    const draft = `${path}.${randomBytes(4).toString("hex")}.new`;
    try {
      await mkdir(draft, { recursive: true, mode: 0o700 });
      await Promise.all([write(draft, factsFile, { version, ...facts }), write(draft, planFile, plan)]);
      // What an earlier call of the same try has planned is replaced as a whole.
      await rm(path, { recursive: true, force: true });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { recursive: true, force: true }).catch(() => {});
      throw stateError(path, error);
    }
    return new Session(path, facts);
  }

  /** null when there is none. @param directory the caller's @throws AgentError CUSTOM_STATE */
  static async find(root: string, directory: string): Promise<Session | null> {
    return Session.#read(pathOf(root, directory));
  }

  /** All that can be read. */
  static async list(root: string): Promise<Session[]> {
    const names = (await readdir(root).catch(() => [])).filter((name) => /^[0-9a-f]{16}$/.test(name));
    const found = await Promise.all(names.map((name) => Session.#read(join(root, name)).catch(() => null)));
    return found.filter((session) => session !== null);
  }

  /** Removes what calls left that were killed while they wrote a plan down: the job's secrets stand in it. */
  static async removeDrafts(root: string, now: number): Promise<void> {
    const names = (await readdir(root).catch(() => [])).filter((name) => /^[0-9a-f]{16}\.[0-9a-f]{8}\.new$/.test(name));
    for (const path of names.map((name) => join(root, name))) {
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs > draftMs) await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }

  static async #read(path: string): Promise<Session | null> {
    try {
      const read = JSON.parse(await readFile(join(path, factsFile), "utf8")) as SessionFacts & { version: number };
      if (read.version !== version) throw new Error(`it is of version ${read.version}`);
      return new Session(path, read);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw stateError(path, error);
    }
  }

  get facts(): SessionFacts {
    return this.#facts;
  }

  async plan(): Promise<JobPlan> {
    try {
      return JSON.parse(await readFile(join(this.path, planFile), "utf8")) as JobPlan;
    } catch (error) {
      throw stateError(this.path, error);
    }
  }

  async update(changed: Partial<SessionFacts>): Promise<void> {
    this.#facts = { ...this.#facts, ...changed };
    await write(this.path, factsFile, { version, ...this.#facts }).catch((error: unknown) => {
      throw stateError(this.path, error);
    });
  }

  async writePlan(plan: JobPlan): Promise<void> {
    await write(this.path, planFile, plan).catch((error: unknown) => {
      throw stateError(this.path, error);
    });
  }

  /** False when another call has removed it. */
  async exists(): Promise<boolean> {
    return stat(this.path).then(
      () => true,
      () => false,
    );
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

function pathOf(root: string, directory: string): string {
  return join(root, createHash("sha256").update(directory).digest("hex").slice(0, 16));
}

async function write(directory: string, name: string, value: unknown): Promise<void> {
  const path = join(directory, name);
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

function stateError(path: string, cause: unknown): AgentError {
  return new AgentError("CUSTOM_STATE", `what is kept about the job in ${path} can't be used: ${messageOf(cause)}`, {
    hint: "give the runner's user write access to it and room on its disk, or name another directory with --state-dir",
    cause,
  });
}
