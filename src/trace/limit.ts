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

  /** `outputLimitKilobytes`: 0 means the default. `takenBytes`: what the log holds already. */
  constructor(outputLimitKilobytes: number, takenBytes = 0) {
    this.#limitBytes = (outputLimitKilobytes > 0 ? outputLimitKilobytes : defaultOutputLimitKilobytes) * 1024;
    this.#takenBytes = takenBytes;
  }

  /** `bytes` holds whole characters. */
  push(bytes: Buffer): LimitedBytes {
    const capacity = this.#limitBytes - this.#takenBytes;
    if (capacity <= 0) return { head: noBytes, rest: bytes };
    if (bytes.length < capacity) {
      this.#takenBytes += bytes.length;
      return { head: bytes, rest: noBytes };
    }
    this.#takenBytes = this.#limitBytes;
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
