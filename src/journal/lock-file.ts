import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { AgentError } from "../support/errors.ts";
import { isAnybodyListening, listenWhileAlive } from "./liveness-socket.ts";
import { isAlive, isElsewhere, ownIdentity } from "./process-identity.ts";

const holderSchema = z.object({
  /** Random, so that no two holdings of a lock are taken for each other. */
  id: z.string().regex(/^[0-9a-z]+$/),
  pid: z.number().int(),
  startedAt: z.string(),
  machineBoot: z.string(),
  pidNamespace: z.string().default(""),
  host: z.string().default(""),
  config: z.string(),
});

type Holder = z.infer<typeof holderSchema>;

/** Contention ends after one or two rounds; this many mean that something else is wrong. */
const mostRounds = 20;

/**
 * A lock that dies with its process, without flock: a file that names its holder. Whoever finds the holder gone first
 * takes a claim named after that very holding, looks once more, and only then replaces the file; so two that start
 * at once never both succeed, and a process that dies in between leaves nothing that blocks. A holder in another
 * container, whose pid says nothing here, is known to live by a socket beside the lock.
 */
export class LockFile {
  readonly #path: string;
  readonly #id: string;
  readonly #socket: AsyncDisposable | null;

  private constructor(path: string, id: string, socket: AsyncDisposable | null) {
    this.#path = path;
    this.#id = id;
    this.#socket = socket;
  }

  /** @throws AgentError STATE_LOCKED that names the holder's pid and config. */
  static async acquire(path: string, config: string): Promise<LockFile> {
    const me: Holder = { id: randomBytes(8).toString("hex"), ...(await ownIdentity()), host: hostname(), config };
    // Some file systems have no sockets; there, agents in different containers don't find out about each other.
    const socket = await listenWhileAlive(socketOf(path, me)).catch(() => null);
    try {
      await take(path, me);
    } catch (error) {
      await socket?.[Symbol.asyncDispose]();
      throw error;
    }
    return new LockFile(path, me.id, socket);
  }

  /** Removes the lock unless it is no longer ours. */
  async release(): Promise<void> {
    if ((await readHolder(this.#path))?.id === this.#id) await rm(this.#path, { force: true });
    await this.#socket?.[Symbol.asyncDispose]();
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
      if (await lives(path, holder, me)) throw locked(holder, me);
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
    await rm(socketOf(path, gone), { force: true });
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/** Claims lie beside the lock, so a holder has one socket for all that it holds. */
function socketOf(path: string, holder: Holder): string {
  return join(dirname(path), `${holder.id}.sock`);
}

function lives(path: string, holder: Holder, me: Holder): Promise<boolean> {
  return isElsewhere(holder, me) ? isAnybodyListening(socketOf(path, holder)) : isAlive(holder);
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
const nobody: Holder = {
  id: "unreadable",
  pid: 0,
  startedAt: "",
  machineBoot: "",
  pidNamespace: "",
  host: "",
  config: "",
};

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

function locked(holder: Holder, me: Holder): AgentError {
  if (isElsewhere(holder, me)) {
    const message = `Another agent (in another container, on host ${holder.host}) already runs with ${holder.config} and this state.`;
    return new AgentError("STATE_LOCKED", message, {
      hint: "Stop that container first, or give this one volumes of its own for its configuration and its state.",
    });
  }
  return new AgentError("STATE_LOCKED", `Another agent (pid ${holder.pid}) already runs with ${holder.config}.`, {
    hint: `Stop it first (kill -QUIT ${holder.pid} lets its jobs end), or give this one a configuration of its own.`,
  });
}
