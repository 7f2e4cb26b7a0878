import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { StoreChannel } from "../cache/store-channel.ts";
import { abortUpload } from "../cache/upload-object.ts";
import type { CacheConfig } from "../config/schema-cache.ts";
import { Limit } from "../support/limit.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { AgentContext } from "./agent-context.ts";

const prefix = "cache-upload-";
const locateMs = 30_000;
/** Of the requests that take back. */
const validSeconds = 600;

/** `url`: where the object is, which tells another store that was configured since. */
const begun = z.object({ object: z.string(), url: z.string(), id: z.string() });

/**
 * What an upload in parts is called, on the agent's disk in its job's directory: an agent that died in the midst of it
 * left parts in the store, for which somebody pays.
 */
export class UploadNote {
  readonly #path: string;

  /** @param index of the cache in its job */
  constructor(directory: string, index: number) {
    this.#path = join(directory, `${prefix}${index}`);
  }

  write(upload: z.output<typeof begun>): Promise<void> {
    return writeFile(this.#path, JSON.stringify(upload), { mode: 0o600 });
  }

  remove(): Promise<void> {
    return rm(this.#path, { force: true });
  }

  /** Of an earlier run of the agent, or an earlier try. Does not throw. */
  async takeBack(channel: StoreChannel): Promise<void> {
    await takeBack(channel, this.#path);
  }
}

/**
 * Takes back what the notes in the directory of a job tell of, when the job is over and nobody stores its caches once
 * more. Does not throw: what can't be taken back is said, and the store's own rules remove it.
 */
export async function takeBackUploads(
  { cacheStores, log }: Pick<AgentContext, "cacheStores" | "log">,
  cache: CacheConfig | null,
  directory: string,
): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const notes = names.filter((name) => name.startsWith(prefix));
  if (notes.length === 0 || cache === null || cache.Type === "") return;
  try {
    const channel = cacheStores.open(cache, validSeconds);
    for (const note of notes) {
      const left = await takeBack(channel, join(directory, note));
      if (left !== null) log.warn(`an unfinished upload of the cache ${left} is left in its store`);
    }
  } catch {
    log.warn("unfinished uploads of caches are left in their store, which can't be used any more");
  }
}

/** Where what could not be taken back is; null when nothing is left. */
async function takeBack(channel: StoreChannel, note: string): Promise<string | null> {
  const upload = begun.safeParse(await readNote(note)).data;
  if (upload === undefined) return null;
  const { object, url, id } = upload;
  using limit = new Limit(locateMs);
  const here = await orAborted(channel.store.locate(object), limit.signal).catch(() => null);
  if (here?.href !== url || !(await abortUpload(channel, object, id))) return url;
  await rm(note, { force: true });
  return null;
}

async function readNote(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return null;
  }
}
