import type { StreamChunk } from "../docker/demux.ts";
import { type ByteFilter, noBytes } from "../trace/byte-filter.ts";
import type { StreamPosition } from "../trace/checkpoint.ts";
import { ServiceLogLines } from "./service-log-lines.ts";

/**
 * What the log has not got yet of a service's output, which the daemon gives from its beginning on with each connection.
 * What the log has is looked at once more: a long line, and a secret in it, may have begun there.
 */
export class ServiceLogTaker {
  readonly #before: StreamPosition;
  readonly #seen = { stdout: 0, stderr: 0 };
  readonly #lines: Readonly<Record<StreamChunk["source"], ServiceLogLines>>;

  /** @param before how far the log is in it */
  constructor(names: readonly string[], before: StreamPosition, newMasker: () => ByteFilter) {
    this.#before = before;
    this.#lines = { stdout: new ServiceLogLines(names, newMasker), stderr: new ServiceLogLines(names, newMasker) };
  }

  /** How far the log is with all that was given out here. */
  get taken(): StreamPosition {
    const taken = (source: StreamChunk["source"]) =>
      Math.max(this.#before[source], this.#seen[source] - this.#lines[source].waiting);
    return { stdout: taken("stdout"), stderr: taken("stderr") };
  }

  take({ source, bytes }: StreamChunk): Buffer {
    const lines = this.#lines[source];
    const known = Math.min(bytes.length, Math.max(0, this.#before[source] - this.#seen[source]));
    this.#seen[source] += bytes.length;
    if (known > 0) {
      lines.push(bytes.subarray(0, known));
      // It was shown when the service had ended.
      if (this.#before[source] <= this.#seen[source] && lines.waiting > 0) lines.flush();
    }
    return known === bytes.length ? noBytes : lines.push(bytes.subarray(known));
  }

  /** The last line of a stream, when it has no end. */
  flush(source: StreamChunk["source"]): Buffer {
    return this.#seen[source] > this.#before[source] ? this.#lines[source].flush() : noBytes;
  }
}
