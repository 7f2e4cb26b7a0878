// What /proc says about processes. Where there is no /proc, a process that answers signal 0 counts as the same one.
import { readFileSync, readdirSync } from "node:fs";

/** When the process started, as a text to compare; undefined when there is no such process. */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return process.platform !== "linux" && answers(pid) ? "unknown" : undefined;
  }
}

/** The running processes, with the words of their command line. */
export function allProcesses() {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), words: words(name), parent: parentOf(name) }))
    .filter(({ words }) => words.length > 0);
}

function words(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

function parentOf(pid) {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

function answers(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
