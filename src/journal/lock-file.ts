import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { AgentError } from "../support/errors.ts";
import { isAlive, ownIdentity } from "./process-identity.ts";

const holderSchema = z.object({
  /** Random, so that no two holdings of a lock are taken for each other. */
  id: z.string().regex(/^[0-9a-z]+$/),
  pid: z.number().int(),
  startedAt: z.string(),
  machineBoot: z.string(),
  config: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

/** Contention ends after one or two rounds; this many mean that something else is wrong. */
const mostRounds = 20;

/**
 * A lock that dies with its process, without flock: a file that names its holder. Whoever finds the holder gone first
 * takes a claim named after that very holding, looks once more, and only then replaces the file; so two that start
 * at once never both succeed, and a process that dies in between leaves nothing that blocks.
 */
export class LockFile {
  readonly #path: string;
  readonly #id: string;

  private constructor(path: string, id: string) {
    this.#path = path;
    this.#id = id;
  }

  /** @throws AgentError STATE_LOCKED that names the holder's pid and config. */
  static async acquire(path: string, config: string): Promise<LockFile> {
    const me: Holder = { id: randomBytes(8).toString("hex"), ...(await ownIdentity()), config };
    await take(path, me);
    return new LockFile(path, me.id);
  }

  /** Removes the lock unless it is no longer ours. */
  async release(): Promise<void> {
    if ((await readHolder(this.#path))?.id === this.#id) await rm(this.#path, { force: true });
  }
}

async function take(path: string, me: Holder): Promise<void> {
  const draft = `${path}.${me.id}`;
  try {
    for (let round = 0; round < mostRounds; round++) {
      await writeFile(draft, JSON.stringify(me), { mode: 0o600 });
      if (await linked(draft, path)) return;
      const holder = await readHolder(path);
      if (holder === null) continue;
      if (await isAlive(holder)) throw locked(holder);
      if (await replace(path, holder, draft, me)) return;
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new AgentError("STATE_LOCK_BROKEN", `The lock ${path} changes hands all the time.`, {
    hint: "Make sure that no agent runs with this configuration, then remove the file.",
  });
}

/** Takes over from a holder that is gone. False when another was faster. */
async function replace(path: string, gone: Holder, draft: string, me: Holder): Promise<boolean> {
  const claim = `${path}.after-${gone.id}`;
  await take(claim, me);
  try {
    // The holding may have been replaced, and the claim given back, before we took the claim.
    if ((await readHolder(path))?.id !== gone.id) return false;
    await rename(draft, path);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** A link, since it appears with its content and fails when the name is taken. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** What a power failure may leave of a lock: a file without its content. Nobody holds it. */
const nobody: Holder = { id: "unreadable", pid: 0, startedAt: "", machineBoot: "", config: "" };

/** null when there is no such file. */
async function readHolder(path: string): Promise<Holder | null> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return null;
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return nobody;
  }
}

function locked(holder: Holder): AgentError {
  return new AgentError("STATE_LOCKED", `Another agent (pid ${holder.pid}) already runs with ${holder.config}.`, {
    hint: `Stop it first (kill -QUIT ${holder.pid} lets its jobs end), or give this one a configuration of its own.`,
  });
}
