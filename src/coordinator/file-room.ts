import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** Of the free space, what one answer may take: the rest is for the logs of jobs that run. */
const share = 0.8;

/** Bytes that a file at this path may have. */
export async function roomFor(path: string, atMost: number): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(path));
  return Math.min(atMost, Math.floor(bavail * bsize * share));
}
