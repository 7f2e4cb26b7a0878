import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAnybodyListening } from "../journal/liveness-socket.ts";
import { readJob } from "../journal/read-job.ts";
import { readBoots } from "../upkeep/boot-list.ts";

/** What an agent's state directory tells of its runs. */
export type AgentState =
  /** Who asks here can't know what is alive. */
  | { readonly kind: "missing" | "unreadable" }
  | {
      readonly kind: "known";
      /** A process holds the directory: it listens on a socket there. */
      readonly isRunning: boolean;
      /** The runs that the directory knows: the one that goes on, and those whose leftovers it removes, or the next start. */
      readonly boots: ReadonlySet<string>;
    };

export async function readAgentState(statePath: string): Promise<AgentState> {
  try {
    const [isRunning, boots] = await Promise.all([isAgentRunning(statePath), knownBoots(statePath)]);
    return { kind: "known", isRunning, boots };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return { kind: ["ENOENT", "ENOTDIR"].includes(code) ? "missing" : "unreadable" };
  }
}

async function isAgentRunning(statePath: string): Promise<boolean> {
  const sockets = (await readdir(statePath)).filter((name) => name.endsWith(".sock"));
  const heard = await Promise.all(sockets.map((name) => isAnybodyListening(join(statePath, name)).catch(() => true)));
  return heard.includes(true);
}

/** Rejects where the journals can't be listed. */
export async function knownBoots(statePath: string): Promise<Set<string>> {
  const jobs = join(statePath, "jobs");
  const names = await readdir(jobs);
  const records = await Promise.allSettled(
    names.filter((name) => !name.startsWith(".")).map((name) => readJob(join(jobs, name))),
  );
  const journaled = records.flatMap((record) => (record.status === "fulfilled" ? [record.value.opened.boot] : []));
  return new Set([...journaled, ...(await readBoots(statePath))]);
}
