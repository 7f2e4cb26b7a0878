import { execFile } from "node:child_process";
import { appendFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A disk of 16 MiB for the state of an agent, which can be filled. Needs root. */
export interface SmallDisk extends AsyncDisposable {
  /** For TestAgentOptions: what an agent keeps below it lies on the disk. */
  readonly directory: string;
  /** The mount point. */
  readonly state: string;
  /** Until not a byte more fits. */
  fill(): Promise<void>;
  /** Takes away what `fill` put there. */
  free(): Promise<void>;
}

export async function mountSmallDisk(): Promise<SmallDisk> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-disk-"));
  const state = join(directory, "state");
  await mkdir(state);
  await run("mount", ["-t", "tmpfs", "-o", "size=16m,mode=700", "longshore-test", state]);
  const filler = join(state, "filler");
  return {
    directory,
    state,
    fill: async () => {
      for (let size = 1024 * 1024; size >= 1024; size /= 2) await appendUntilFull(filler, Buffer.alloc(size));
    },
    free: () => rm(filler, { force: true }),
    [Symbol.asyncDispose]: async () => {
      await run("umount", ["--lazy", state]);
      await rm(directory, { recursive: true });
    },
  };
}

async function appendUntilFull(path: string, piece: Buffer): Promise<void> {
  for (;;) {
    try {
      await appendFile(path, piece);
    } catch (error) {
      if ((error as { code?: string }).code === "ENOSPC") return;
      throw error;
    }
  }
}
