import { readFile, readlink } from "node:fs/promises";
import { AgentError } from "../support/errors.ts";

/** Tells a process from another one that got the same pid later: after its end, or after the machine's restart. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start in clock ticks since the machine's boot (/proc/PID/stat, field 22). */
  readonly startedAt: string;
  /** The machine's boot id. */
  readonly machineBoot: string;
  /** Containers have one each, and so pids of their own; "" when it is not known. */
  readonly pidNamespace: string;
}

/** Where the kernel tells about processes; another directory in tests. */
const defaultProc = "/proc";

export async function ownIdentity(proc = defaultProc): Promise<ProcessIdentity> {
  const startedAt = await startOf(process.pid, proc);
  const machineBoot = await readMachineBoot(proc);
  if (startedAt === null || machineBoot === null) {
    throw new AgentError(
      "STATE_NO_PROC",
      `${proc} does not describe this process, so the state directory can't be locked.`,
      {
        hint: "Run the agent where /proc is mounted.",
      },
    );
  }
  const pidNamespace = await readlink(`${proc}/self/ns/pid`).catch(() => "");
  return { pid: process.pid, startedAt, machineBoot, pidNamespace };
}

/** True when the pid of one says nothing to the other: the same machine, and another container. */
export function isElsewhere(one: ProcessIdentity, other: ProcessIdentity): boolean {
  const namespaces = new Set([one.pidNamespace, other.pidNamespace]);
  return one.machineBoot === other.machineBoot && namespaces.size === 2 && !namespaces.has("");
}

/** False as soon as it is certain that a process of this pid namespace has ended; one that has ended but was not waited for has ended. */
export async function isAlive(identity: ProcessIdentity, proc = defaultProc): Promise<boolean> {
  if ((await readMachineBoot(proc)) !== identity.machineBoot) return false;
  return (await startOf(identity.pid, proc)) === identity.startedAt;
}

async function startOf(pid: number, proc: string): Promise<string | null> {
  const stat = await read(`${proc}/${pid}/stat`);
  if (stat === null) return null;
  // The command's name stands in parentheses and may hold anything, spaces and parentheses too.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? null : (rest[18] ?? null);
}

async function readMachineBoot(proc: string): Promise<string | null> {
  return (await read(`${proc}/sys/kernel/random/boot_id`))?.trim() ?? null;
}

async function read(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return null;
  }
}
