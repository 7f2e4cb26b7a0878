import { plainLines } from "./plain-lines.ts";

/** Enough for the last few hundred lines, and for a stack trace above the line that matters. */
const capacityBytes = 64 * 1024;
const mostLines = 400;

/**
 * The last of what a job's script printed, secrets hidden already. Only what is written between `begin` and `end`
 * counts, so that after_script doesn't push out why the script failed.
 */
export class OutputTail {
  #buffer: Buffer | null = null;
  /** Bytes since `begin`; the next one goes to this position modulo the capacity. */
  #written = 0;
  #open = false;
  #isCut = false;
  /** True when the script did all it was to do: nothing in its output is why the job failed later. */
  succeeded = false;

  begin(): void {
    this.#written = 0;
    this.#open = true;
  }

  /** The beginning of the output was taken down by an earlier run of the agent. */
  missBeginning(): void {
    this.#isCut = true;
  }

  end(): void {
    this.#open = false;
  }

  push(bytes: Uint8Array): void {
    if (!this.#open || bytes.length === 0) return;
    this.#buffer ??= Buffer.allocUnsafeSlow(capacityBytes);
    const kept = bytes.length > capacityBytes ? bytes.subarray(bytes.length - capacityBytes) : bytes;
    const at = (this.#written + bytes.length - kept.length) % capacityBytes;
    const first = kept.subarray(0, capacityBytes - at);
    this.#buffer.set(first, at);
    this.#buffer.set(kept.subarray(first.length), 0);
    this.#written += bytes.length;
  }

  /** The last lines, oldest first, without terminal sequences, and of each what a terminal would show in the end. */
  lines(): string[] {
    return this.#kept().slice(-mostLines);
  }

  /** True when `lines` begin with the first that was printed. */
  isWhole(): boolean {
    return !this.#isCut && this.#written <= capacityBytes && this.#kept().length <= mostLines;
  }

  #kept(): string[] {
    const lines = plainLines(this.#bytes().toString("utf8"));
    // The first is a piece of a line when what came before it is gone.
    if (this.#written > capacityBytes) lines.shift();
    return lines;
  }

  #bytes(): Buffer {
    if (this.#buffer === null) return Buffer.alloc(0);
    if (this.#written <= capacityBytes) return this.#buffer.subarray(0, this.#written);
    const at = this.#written % capacityBytes;
    return Buffer.concat([this.#buffer.subarray(at), this.#buffer.subarray(0, at)]);
  }
}
