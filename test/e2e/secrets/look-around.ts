import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Search } from "./canaries.ts";

/** Reads the arguments of every process of this machine again and again, and the environment of one and its children. */
export function watchProcesses(search: Search, agent: () => number, given: readonly string[]): AsyncDisposable {
  const stopped = new AbortController();
  const watching = (async () => {
    while (!stopped.signal.aborted) {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      await Promise.all(
        pids.map(async (pid) => {
          search.look("/proc/*/cmdline of the whole machine", await text(`/proc/${pid}/cmdline`));
          if (Number(pid) !== agent() && (await parentOf(pid)) !== agent()) return;
          search.look("/proc/*/environ of the agent", await text(`/proc/${pid}/environ`), given);
        }),
      );
      await setTimeout(20);
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await watching;
    },
  };
}

/** A process may be gone by now. */
const text = (path: string): Promise<string> => readFile(path, "latin1").catch(() => "");

async function parentOf(pid: string): Promise<number> {
  return Number(/^PPid:\s+(\d+)/m.exec(await text(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** Looks into all files below a directory; returns those that others than their owner may read. */
export async function lookIntoFiles(search: Search, directory: string, place: string, allowed: readonly string[]) {
  const open: string[] = [];
  // So that a place without a file has its row, too.
  search.look(place, "");
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // What is under way may be renamed or removed between two looks.
    const info = await stat(path).catch(() => null);
    if (info === null) continue;
    if ((info.mode & 0o077) !== 0 && !info.isSocket()) open.push(`${(info.mode & 0o7777).toString(8)} ${path}`);
    if (info.isFile()) search.look(place, await readFile(path).catch(() => ""), allowed);
  }
  return open;
}
