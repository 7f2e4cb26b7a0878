// Looks at the free space before a long build runs into its end.
import * as fs from "node:fs";
import { BootstrapFailure } from "../bootstrap/failure.mjs";

const needed = 4 * 1024 ** 3;

export function requireDiskSpace(directory, statfs = fs.statfsSync) {
  if (!statfs) return; // Node before 18.15 cannot say; a full disk is then reported by whoever meets it
  const { bavail, bsize } = statfs(directory);
  const free = bavail * bsize;
  if (free >= needed) return;
  const gib = (bytes) => (bytes / 1024 ** 3).toFixed(1);
  throw new BootstrapFailure(
    `${directory} has ${gib(free)} GiB of free space; the engine and its images need ${gib(needed)} GiB`,
    "free some space there, or set LONGSHORE_DEV_DIR to a directory on a larger disk",
  );
}
