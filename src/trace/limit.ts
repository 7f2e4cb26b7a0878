import { noBytes } from "./byte-filter.ts";
import { unfinishedBytes } from "./utf8.ts";
import { ansi } from "./ansi.ts";

/** GitLab Runner's default of `output_limit`, in kB of 1024 bytes. */
export const defaultOutputLimitKilobytes = 4096;

/**
 * Ends a job's log at a size (protocol section 8.1): what reaches the limit is cut at a character's border and
 * followed by a notice, all later bytes are dropped. The notice comes on top of the limit.
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
  push(bytes: Buffer): Buffer {
    const capacity = this.#limitBytes - this.#takenBytes;
    if (capacity <= 0) return noBytes;
    if (bytes.length < capacity) {
      this.#takenBytes += bytes.length;
      return bytes;
    }
    this.#takenBytes = this.#limitBytes;
    const cut = bytes.subarray(0, capacity);
    return Buffer.concat([cut.subarray(0, cut.length - unfinishedBytes(cut)), Buffer.from(this.#notice())]);
  }

  #notice(): string {
    const size = `Job's log exceeded limit of ${this.#limitBytes} bytes.`;
    const consequence = "Job execution will continue but no more output will be collected.";
    return `\n${ansi.boldYellow}${size}\n${consequence}${ansi.reset}\n`;
  }
}
