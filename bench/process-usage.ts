import { readdir, readFile } from "node:fs/promises";

/** What a process has used, all its threads together. */
export interface ProcessUsage {
  /** User and system time. */
  readonly cpuSeconds: number;
  readonly residentMiB: number;
  /** The highest since it started. */
  readonly peakMiB: number;
}

/** USER_HZ, which Linux keeps at 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/** utime + stime of /proc/PID/stat; the second field may hold spaces and parentheses. Pure. */
export function cpuSecondsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** A line such as `VmHWM:   1024 kB` of /proc/PID/status. Pure. */
export function memoryMiBOf(status: string, key: "VmHWM" | "VmRSS"): number {
  const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(status);
  if (match === null) throw new Error(`/proc/PID/status has no ${key}`);
  return Number(match[1]) / 1024;
}

export async function readUsage(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "utf8"),
    readFile(`/proc/${pid}/status`, "utf8"),
  ]);
  return {
    cpuSeconds: cpuSecondsOf(stat),
    residentMiB: memoryMiBOf(status, "VmRSS"),
    peakMiB: memoryMiBOf(status, "VmHWM"),
  };
}

export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
