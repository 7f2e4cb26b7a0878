import { noBytes } from "./byte-filter.ts";
import { unfinishedBytes } from "./utf8.ts";
import { ansi } from "./ansi.ts";

/** GitLab Runner's default of `output_limit`, in kB of 1024 bytes. */
export const defaultOutputLimitKilobytes = 4096;

export interface LimitedBytes {
  readonly head: Buffer;
  /** What comes after the cut; none while there is no cut. */
  readonly rest: Buffer;
}

/**
 * Cuts a job's log at a size (protocol section 8.1): what reaches the limit is cut at a character's border and
 * followed by a notice. The notice comes on top of the limit.
 */
export class OutputLimit {
  readonly #limitBytes: number;
  #takenBytes: number;
  #isReached = false;

  /** `outputLimitKilobytes`: 0 means the default. `takenBytes`: what the log holds already. */
  constructor(outputLimitKilobytes: number, takenBytes = 0) {
    this.#limitBytes = (outputLimitKilobytes > 0 ? outputLimitKilobytes : defaultOutputLimitKilobytes) * 1024;
    this.#takenBytes = takenBytes;
  }

  /** True once the log is cut. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** `bytes` holds whole characters. */
  push(bytes: Buffer): LimitedBytes {
    if (this.#isReached) return { head: noBytes, rest: bytes };
    // A log may be longer than a limit that was set after it was begun.
    const capacity = Math.max(0, this.#limitBytes - this.#takenBytes);
    if (bytes.length < capacity) {
      this.#takenBytes += bytes.length;
      return { head: bytes, rest: noBytes };
    }
    this.#isReached = true;
    const cut = capacity - unfinishedBytes(bytes.subarray(0, capacity));
    return { head: Buffer.concat([bytes.subarray(0, cut), Buffer.from(this.#notice())]), rest: bytes.subarray(cut) };
  }

  #notice(): string {
    const size = `Job's log exceeded limit of ${this.#limitBytes} bytes.`;
    const consequence =
      "Job execution will continue but no more output will be shown until it ends; then the last of it follows.";
    return `\n${ansi.boldYellow}${size}\n${consequence}${ansi.reset}\n`;
  }
}
