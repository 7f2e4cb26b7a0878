// What a killed engine leaves behind: its containerd, the shims with their containers, and mounts. Found by the
// engine's own directory in their command lines, so that another engine's are never touched.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { capture } from "../bootstrap/children.mjs";
import { engineHome } from "../bootstrap/places.mjs";
import { allProcesses, startOf } from "../bootstrap/processes.mjs";

const mentionsUs = (words) => words.some((word) => word.includes(`${engineHome}/`));

const named = (name) => (one) => basename(one.words[0]) === name && mentionsUs(one.words);

export const ourDaemon = () => allProcesses().find(named("dockerd"));

/** dockerd itself cleans up after a killed predecessor, but a containerd that hangs on without it blocks the new one. */
export const ourContainerd = () => allProcesses().filter(named("containerd"));

/** The shims and all that runs below them. */
export function ourContainerProcesses() {
  const all = allProcesses();
  const found = all.filter((one) => basename(one.words[0]).startsWith("containerd-shim") && mentionsUs(one.words));
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

/** TERM, then KILL for what is still there after `patience`. Resolves when all have gone, or after 5 s more. */
export async function end(processes, patience) {
  const targets = processes.map(({ pid }) => ({ pid, start: startOf(pid) }));
  const left = () => targets.filter(({ pid, start }) => start !== undefined && startOf(pid) === start);
  for (const [name, limit] of [
    ["SIGTERM", patience],
    ["SIGKILL", 5000],
  ]) {
    for (const { pid } of left()) send(pid, name);
    for (const until = Date.now() + limit; left().length > 0 && Date.now() < until;) await sleep(50);
  }
  return left().length === 0;
}

function send(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Mounts below the engine's directory, the deepest first. */
export function ourMounts() {
  const paths = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "");
  return paths.filter((path) => path.startsWith(`${engineHome}/`)).reverse();
}

export async function unmountOurs() {
  for (const path of ourMounts()) await capture("umount", ["-l", path], { limit: 10_000 });
}
