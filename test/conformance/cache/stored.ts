import { expect } from "vitest";
import { connectEngine } from "../../support/engine.ts";
import { type ObjectStore, startObjectStore } from "../../support/object-store.ts";
import type { World } from "../world.ts";
import { store } from "./entries.ts";
import { run, write } from "./jobs.ts";

let running: ObjectStore | null = null;

/** The store of all cases; started before the first of them. */
export async function prepareStore(): Promise<AsyncDisposable> {
  running = await startObjectStore(connectEngine(), store);
  return running;
}

export function server(): ObjectStore {
  if (running === null) throw new Error("it is started before the first case");
  return running;
}

/** The one object whose name ends so. */
export async function objectOf(ending: string): Promise<string> {
  const found = (await server().list()).filter((name) => name.endsWith(ending));
  expect(found).toHaveLength(1);
  return found[0] as string;
}

/** Puts archives where the caches of the entry's jobs are looked for. */
export async function plant(world: World, archives: Readonly<Record<string, Buffer>>): Promise<void> {
  await run(world, { script: write, caches: [{ key: "place" }] });
  const prefix = (await objectOf("/place")).slice(0, -"place".length);
  for (const [key, archive] of Object.entries(archives)) await server().write(prefix + key, archive);
}
