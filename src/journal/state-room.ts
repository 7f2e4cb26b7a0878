import { open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../support/clock.ts";
import { diskPatienceMs } from "../support/disk-patience.ts";
import { messageOf } from "../support/errors.ts";

const mebibyte = 1024 * 1024;
/** Enough for the journals and logs of some jobs; of a small disk, its tenth. */
const leastBytes = 32 * mebibyte;
const leastFiles = 64;
const checkEveryMs = 1_500;
const probeBytes = 64 * 1024;

/**
 * Whether the state directory has room for another job. Looked at when somebody asks; after a write that failed also
 * tried out, since neither quotas nor disks that became read-only show in what the file system says of itself.
 */
export class StateRoom {
  /** How long a job's log waits for room; milliseconds. */
  readonly patienceMs: number;
  readonly #path: string;
  readonly #clock: Pick<Clock, "monotonic">;
  #problem: string | null = null;
  /** How many writes failed, and after how many of them the directory was tried out. */
  #failures = 0;
  #tried = 0;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | null = null;

  constructor(path: string, clock: Pick<Clock, "monotonic">, patienceMs = diskPatienceMs) {
    this.#path = path;
    this.#clock = clock;
    this.patienceMs = patienceMs;
  }

  /** Why no job should be taken now, as it was seconds ago; null when there is room. */
  obstacle(): string | null {
    if (this.#clock.monotonic() - this.#checkedAt >= checkEveryMs) void this.check();
    return this.#problem;
  }

  /** A write failed: no job until one succeeds. */
  suspect(error: unknown): void {
    this.#failures++;
    this.#problem ??= this.#words(`takes no data: ${messageOf(error)}`);
  }

  /** Looks now. Never rejects. */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
      this.#checkedAt = this.#clock.monotonic();
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    const failures = this.#failures;
    try {
      const { bsize, blocks, bavail, files, ffree } = await statfs(this.#path);
      const least = Math.min(leastBytes, (blocks * bsize) / 10);
      if (bavail * bsize < least) return this.#is(`has less than ${(least / mebibyte).toFixed(1)} MiB of room left`);
      if (files > 0 && ffree < Math.min(leastFiles, files / 10)) return this.#is("has room for no more files");
      if (failures > this.#tried) await this.#probe();
      this.#tried = failures;
      // One that failed meanwhile is for the next look.
      if (this.#failures === failures) this.#problem = null;
    } catch (error) {
      this.#is(`takes no data: ${messageOf(error)}`);
    }
  }

  async #probe(): Promise<void> {
    const path = join(this.#path, ".room");
    try {
      await using file = await open(path, "w", 0o600);
      await file.writeFile(Buffer.alloc(probeBytes, "room"));
      await file.datasync();
    } finally {
      await rm(path, { force: true });
    }
  }

  #is(problem: string): void {
    this.#problem = this.#words(problem);
  }

  #words(problem: string): string {
    return `the agent's state directory ${this.#path} ${problem}`;
  }
}
