import { bytesOf, type Watermark } from "../config/watermark.ts";
import type { DiskSpace } from "./disk-space.ts";

/** Shares of all inodes: below the first things go, below the second no jobs are asked for. */
export const lowInodes = 0.05;
export const inodeFloor = 0.01;

/** How much is missing. */
export interface Shortage {
  /** 0 or less: there is enough. */
  readonly bytes: number;
  readonly isOfInodes: boolean;
}

/** null when nothing is missing, or nobody knows how much is free. A watermark of 0 is none for inodes, either. */
export function shortageOf(space: DiskSpace, mark: Watermark, inodeShare: number): Shortage | null {
  const bound = bytesOf(mark, space.totalBytes);
  if (bound === 0 || Number.isNaN(space.freeBytes)) return null;
  const bytes = bound - space.freeBytes;
  const isOfInodes = space.freeInodes / space.totalInodes < inodeShare;
  return bytes > 0 || isOfInodes ? { bytes, isOfInodes } : null;
}

const gib = 1024 ** 3;

/** "0.4 GiB and 3 % of the inodes" */
export function spaceInWords({ freeBytes, freeInodes, totalInodes }: DiskSpace): string {
  const bytes = freeBytes < gib ? `${Math.floor(freeBytes / 1024 ** 2)} MiB` : `${(freeBytes / gib).toFixed(1)} GiB`;
  const share = (freeInodes / totalInodes) * 100;
  return Number.isNaN(share) ? bytes : `${bytes} and ${share.toFixed(share < 10 ? 1 : 0)} % of the inodes`;
}
