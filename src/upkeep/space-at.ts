import { statfs } from "node:fs/promises";
import type { DiskSpace } from "./disk-space.ts";

/** What is free for this user on the file system that holds `path`. Rejects when nothing is there. */
export async function spaceAt(path: string): Promise<DiskSpace> {
  const { bavail, bsize, blocks, files, ffree } = await statfs(path);
  return {
    freeBytes: bavail * bsize,
    totalBytes: blocks * bsize,
    freeInodes: files > 0 ? ffree : Number.NaN,
    totalInodes: files > 0 ? files : Number.NaN,
  };
}
