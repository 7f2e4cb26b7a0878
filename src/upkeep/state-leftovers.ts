import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isAnybodyListening } from "../journal/liveness-socket.ts";
import { draftSuffix } from "../support/replace-file.ts";

/** Whoever makes one of these is done with it within milliseconds. */
const oldMs = 600_000;

/** Where in the state directory something may be left half made, and what it looks like there. */
const traces: readonly (readonly [directory: string, isTrace: (name: string) => boolean])[] = [
  // Drafts and claims of the lock; what is no part of a name is its holder's id.
  ["", (name) => /^lock\..+/.test(name) || name.endsWith(draftSuffix) || isSocket(name)],
  // Journals that were half made or half removed.
  ["jobs", (name) => /^\.(?:new|removed)-/.test(name)],
  ["stores", (name) => name.endsWith(draftSuffix)],
];

const isSocket = (name: string) => /^[0-9a-z]+\.sock$/.test(name);

/**
 * Removes from the agent's own state directory what a process that died in the middle of something left there. For its
 * holder only. Returns how many there were.
 *
 * @param now milliseconds since the epoch
 */
export async function removeStateLeftovers(statePath: string, now: number): Promise<number> {
  let removed = 0;
  for (const [directory, isTrace] of traces) {
    const names = await readdir(join(statePath, directory)).catch(() => []);
    for (const name of names.filter(isTrace)) {
      const path = join(statePath, directory, name);
      const found = await lstat(path).catch(() => null);
      if (found === null || now - found.mtimeMs < oldMs) continue;
      if (isSocket(name) && (await isAnybodyListening(path).catch(() => true))) continue;
      await rm(path, { recursive: true, force: true });
      removed++;
    }
  }
  return removed;
}
