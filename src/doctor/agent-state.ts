import { createHash } from "node:crypto";
import { readdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isAnybodyListening } from "../journal/liveness-socket.ts";
import { readJob } from "../journal/read-job.ts";

/** Where the agent with this configuration keeps its state, whether or not it ever ran; its last part is the agent's id. */
export async function statePathOf(root: string, configPath: string): Promise<string> {
  const config = await realpath(configPath).catch(() => resolve(configPath));
  return join(root, createHash("sha256").update(config).digest("hex").slice(0, 16));
}

/** Whether a process holds the state directory: it listens on a socket there. */
export async function isAgentRunning(statePath: string): Promise<boolean> {
  const names = await readdir(statePath).catch(() => []);
  const sockets = names.filter((name) => name.endsWith(".sock"));
  const heard = await Promise.all(sockets.map((name) => isAnybodyListening(join(statePath, name)).catch(() => false)));
  return heard.includes(true);
}

/** The runs of the agent whose jobs stand in its journals: those that go on, and those that its next start ends. */
export async function knownBoots(statePath: string): Promise<Set<string>> {
  const jobs = join(statePath, "jobs");
  const names = await readdir(jobs).catch(() => []);
  const records = await Promise.allSettled(
    names.filter((name) => !name.startsWith(".")).map((name) => readJob(join(jobs, name))),
  );
  return new Set(records.flatMap((record) => (record.status === "fulfilled" ? [record.value.opened.boot] : [])));
}
