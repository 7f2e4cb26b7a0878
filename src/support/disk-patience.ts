import type { Clock } from "./clock.ts";

/** How long what must be kept waits for a disk that takes nothing; space is often made within minutes. */
export const diskPatienceMs = 120_000;
export const diskRetryMs = 1_000;

const noRoom: readonly string[] = ["ENOSPC", "EDQUOT"];

/** The disk, or a quota on it, is full: nothing is broken. */
export function isNoRoom(error: unknown): boolean {
  return noRoom.includes((error as { readonly code?: string } | null)?.code ?? "");
}

/** Tries writes again while the disk is full, for a while that is counted from the first that failed: none waits anew. */
export class DiskPatience {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #since: number | null = null;

  constructor(clock: Clock, limitMs = diskPatienceMs) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** What `write` throws when it fails for another reason, or there is still no room. It must be able to run twice. */
  async untilRoom<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const result = await write();
        this.#since = null;
        return result;
      } catch (error) {
        if (!isNoRoom(error)) throw error;
        const now = this.#clock.monotonic();
        this.#since ??= now;
        if (now - this.#since >= this.#limitMs) throw error;
        await this.#clock.sleep(diskRetryMs);
      }
    }
  }
}
