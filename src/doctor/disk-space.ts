import type { DiskSpace } from "../upkeep/disk-space.ts";
import { fail, type Outcome, pass, warn } from "./check.ts";

const gib = 1024 ** 3;
/** Shares of the whole. */
const warnInodes = 0.05;
const failInodes = 0.01;

export interface DiskLimits {
  /** Bytes. */
  readonly warn: number;
  readonly fail: number;
}

/** An image or two. */
export const daemonDisk: DiskLimits = { warn: 5 * gib, fail: gib };
/** Logs of jobs until they are delivered. */
export const stateDisk: DiskLimits = { warn: gib, fail: gib / 10 };

/** @param what "the daemon's data (/var/lib/docker)" */
export function judgeDisk(what: string, disk: DiskSpace, limits: DiskLimits, fix: string): Outcome {
  const { freeBytes, freeInodes, totalInodes } = disk;
  const free = `${(freeBytes / gib).toFixed(1)} GiB`;
  const share = freeInodes / totalInodes;
  const inodes = Number.isNaN(share) ? "" : ` and ${(share * 100).toFixed(0)} % of its inodes`;
  const finding = `${free}${inodes} are free for ${what}`;
  if (freeBytes < limits.fail || share < failInodes) return fail(`only ${finding}`, fix);
  if (freeBytes < limits.warn || share < warnInodes) return warn(`only ${finding}`, fix);
  return pass(finding);
}
