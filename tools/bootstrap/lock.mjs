// One bootstrap at a time does the work that two must not do at once. The holder's pid is in the file, so that a lock
// left behind by a killed one is seen and taken over.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BootstrapFailure } from "./failure.mjs";
import { startOf } from "./processes.mjs";
import { say } from "./progress.mjs";

const held = new Set();

export async function withLock(file, limit, work) {
  await take(file, limit);
  try {
    return await work();
  } finally {
    release(file);
  }
}

/** For a bootstrap that is ended by a signal. */
export function releaseAllLocks() {
  for (const file of held) release(file);
}

async function take(file, limit) {
  const until = Date.now() + limit;
  let told = false;
  while (!tryOnce(file)) {
    const holder = read(file);
    if (!holder) continue; // gone in between
    if (isStale(file, holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) say(`waiting for the bootstrap with pid ${holder.pid}, which is doing the same`);
    told = true;
    if (Date.now() > until) {
      throw new BootstrapFailure(
        `another bootstrap (pid ${holder.pid}) has held ${file} for more than ${limit / 60_000} minutes`,
        `look at what it does (\`ps -fp ${holder.pid}\`); end it if it hangs, then run the command again`,
      );
    }
    await sleep(200);
  }
  held.add(file);
}

function tryOnce(file) {
  mkdirSync(dirname(file), { recursive: true });
  try {
    const descriptor = openSync(file, "wx");
    writeSync(descriptor, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function read(file) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    return { pid: 0 };
  }
}

// The start time tells the holder from a later process with the same pid.
function isStale(file, holder) {
  if (holder.pid === 0) return Date.now() - statSync(file, { throwIfNoEntry: false })?.mtimeMs > 5000; // cut off while writing
  return startOf(holder.pid) !== holder.start;
}

function release(file) {
  held.delete(file);
  rmSync(file, { force: true });
}
