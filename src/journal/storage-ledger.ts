import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { AgentError, messageOf } from "../support/errors.ts";
import { replaceFile } from "../support/replace-file.ts";

const version = 1;

const recordSchema = z.object({
  version: z.literal(version),
  volume: z.string(),
  /** Stands on the volume as a label, too: a volume of that name that somebody else made has another one or none. */
  id: z.string(),
  /** The daemon that has the volume, as its address is written. */
  host: z.string(),
  /** Id of the image of the daemon that wrote it. */
  image: z.string(),
  /** Milliseconds since the epoch, like `usedAt`. */
  createdAt: z.number(),
  usedAt: z.number(),
  /** null: not measured yet. */
  bytes: z.number().nullable(),
  /** Images in it when the last job had ended; null when that isn't known. */
  images: z.number().nullable(),
  /** False from the moment a job gets it until that job's daemon has ended as it should. */
  clean: z.boolean(),
  /** Of the kernel under the last daemon; "" when it isn't known. */
  kernelBoot: z.string(),
  /** As configured when it was used last; 0 for no bound. */
  maxAgeMs: z.number(),
  /** Why the volume was removed, for the next job's log; "" when it is there. */
  removed: z.string(),
});

/** What is known of one leased volume. Labels of volumes can't change, so it is kept here. */
export type StoreRecord = Omit<z.output<typeof recordSchema>, "version">;

/**
 * What the agent knows of the volumes that it leases to jobs, one file each below its state directory. The disk is
 * waited for: after a power failure a volume that was in use must not be taken for one that wasn't.
 */
export class StorageLedger {
  readonly #directory: string;
  #owner: Promise<string> | null = null;

  constructor(statePath: string) {
    this.#directory = join(statePath, "stores");
  }

  /**
   * Random, the same as long as the state directory is: two agents may have one id and one configuration, never one
   * directory. @throws AgentError STORAGE_LEDGER
   */
  owner(): Promise<string> {
    this.#owner ??= this.#readOwner();
    // What failed once may do the next time.
    this.#owner.catch(() => {
      this.#owner = null;
    });
    return this.#owner;
  }

  /** null for a volume of which nothing is known, or nothing that makes sense. @throws AgentError STORAGE_LEDGER */
  async read(volume: string): Promise<StoreRecord | null> {
    const text = await readIfThere(this.#path(volume));
    return text === null ? null : parse(text, volume);
  }

  /** @throws AgentError STORAGE_LEDGER */
  async write(record: StoreRecord): Promise<void> {
    await this.#replace(`${record.volume}.json`, JSON.stringify({ version, ...record }));
  }

  async forget(volume: string): Promise<void> {
    await rm(this.#path(volume), { force: true });
  }

  /** Of all volumes, as far as their records can be read. */
  async all(): Promise<StoreRecord[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const volumes = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
    return (await Promise.all(volumes.map((volume) => this.read(volume)))).filter((record) => record !== null);
  }

  async #readOwner(): Promise<string> {
    const known = (await readIfThere(join(this.#directory, "owner"))) ?? "";
    if (/^[0-9a-f]{8}$/.test(known)) return known;
    const owner = randomBytes(4).toString("hex");
    await this.#replace("owner", owner);
    return owner;
  }

  async #replace(name: string, text: string): Promise<void> {
    const path = join(this.#directory, name);
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await replaceFile(path, text);
    } catch (error) {
      throw new AgentError("STORAGE_LEDGER", `${path} can't be written: ${messageOf(error)}`, {
        hint: "Free space in the agent's state directory, or name another one with --state-dir.",
        cause: error,
      });
    }
  }

  #path(volume: string): string {
    return join(this.#directory, `${volume}.json`);
  }
}

function parse(text: string, volume: string): StoreRecord | null {
  try {
    const record = recordSchema.safeParse(JSON.parse(text));
    return record.success && record.data.volume === volume ? record.data : null;
  } catch {
    return null;
  }
}

/** A disk that fails for a moment must not make warm stores look like unknown ones, which are removed. */
async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new AgentError("STORAGE_LEDGER", `${path} can't be read: ${messageOf(error)}`, {
      hint: "See to the disk of the agent's state directory, or name another directory with --state-dir.",
      cause: error,
    });
  }
}
