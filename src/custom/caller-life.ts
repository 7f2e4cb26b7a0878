import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** A process, told from one that got its pid later. */
export interface Ancestor {
  readonly pid: number;
  /** Clock ticks since the machine's boot (/proc/PID/stat, field 22). */
  readonly startedAt: string;
}

/**
 * Where pids and paths mean something: the machine's boot, the container, and what is mounted, such as a service's own
 * /tmp. What isn't known is "".
 */
export interface ProcessWorld {
  /** The same after the machine's restart, and another machine has another one. Not known in a container. */
  readonly machine: string;
  readonly machineBoot: string;
  readonly pidNamespace: string;
  readonly mountNamespace: string;
}

const mostAncestors = 32;
/** What Linux calls the pid namespace of the machine itself (PROC_PID_INIT_INO in include/linux/proc_ns.h). */
const machinesPidNamespace = "pid:[4026531836]";

export async function processWorld(proc = "/proc", etc = "/etc"): Promise<ProcessWorld> {
  const [boot, pidNamespace, mountNamespace, machineId] = await Promise.all([
    readFile(`${proc}/sys/kernel/random/boot_id`, "utf8").catch(() => ""),
    readlink(`${proc}/self/ns/pid`).catch(() => ""),
    readlink(`${proc}/self/ns/mnt`).catch(() => ""),
    readFile(`${etc}/machine-id`, "utf8").catch(() => ""),
  ]);
  return {
    machine: pidNamespace === machinesPidNamespace ? machineName(machineId.trim()) : "",
    machineBoot: boot.trim(),
    pidNamespace,
    mountNamespace,
  };
}

/** Machines made from one image may have one id: then their names tell them apart. */
function machineName(id: string): string {
  return /^[0-9a-f]{32}$/.test(id) ? `${id} ${hostname()}` : "";
}

/** Who started this process, the nearest first: the runner is among them, be there a shell or sudo in between. */
export async function ancestors(pid: number, proc = "/proc"): Promise<Ancestor[]> {
  const found: Ancestor[] = [];
  for (let next = pid; next > 0 && found.length < mostAncestors;) {
    const stat = await readStat(next, proc);
    if (stat === null) break;
    found.push({ pid: next, startedAt: stat.startedAt });
    next = stat.parent;
  }
  return found;
}

/** Those of earlier calls that are this one's, too: the nearest of them is the runner, since it outlives its calls. */
export function inCommon(earlier: readonly Ancestor[], now: readonly Ancestor[]): Ancestor[] {
  return earlier.filter((one) => now.some((other) => other.pid === one.pid && other.startedAt === one.startedAt));
}

export async function isRunning({ pid, startedAt }: Ancestor, proc = "/proc"): Promise<boolean> {
  return (await readStat(pid, proc))?.startedAt === startedAt;
}

async function readStat(pid: number, proc: string): Promise<{ parent: number; startedAt: string } | null> {
  const text = await readFile(`${proc}/${pid}/stat`, "utf8").catch(() => "");
  // The command's name stands in parentheses and may hold anything.
  const [state, parent, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const startedAt = rest[17];
  if (state === "Z" || state === "X" || startedAt === undefined) return null;
  return { parent: Number(parent), startedAt };
}
