import type { TraceCheckpoint } from "./checkpoint.ts";
import type { OutputLimit } from "./limit.ts";
import { type LogCut, logEnd, longestTailBytes } from "./log-end.ts";
import type { TraceSpool } from "./spool.ts";

export interface LimitedLogOptions {
  readonly spool: TraceSpool;
  readonly limit: OutputLimit;
  /** Where the log is cut at this moment; its size is filled in. */
  readonly cut: () => Omit<LogCut, "headBytes">;
  /** What an earlier run of the agent kept of the log after its cut. */
  readonly resumed?: { readonly tail: TraceSpool; readonly cut: LogCut };
}

/** What came after the cut of a log while there is no place for it on the disk. */
export interface TailBeginning {
  readonly cut: LogCut;
  /** How much before it was given up. */
  readonly from: number;
  readonly bytes: Buffer;
}

/**
 * A log below its limit is its spool. Beyond that what comes goes aside, where only the end of it is kept, until `close`
 * puts that end behind what the coordinator has.
 *
 * The place for it is made by whoever writes the last of the head to the disk, before that: see `beginning`. Until then
 * it waits in memory.
 */
export class LimitedLog {
  readonly #options: LimitedLogOptions;
  #cut: LogCut | null;
  #tail: TraceSpool | null;
  #tailBytes: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(options: LimitedLogOptions) {
    this.#options = options;
    this.#cut = options.resumed?.cut ?? null;
    this.#tail = options.resumed?.tail ?? null;
    this.#tailBytes = options.resumed?.tail.appendedSize ?? 0;
  }

  /** How far the log has come, with all that waits for the disk. */
  get position(): Pick<TraceCheckpoint, "spoolBytes" | "tailBytes"> {
    if (this.#cut === null) return { spoolBytes: this.#options.spool.appendedSize };
    return { spoolBytes: this.#cut.headBytes, tailBytes: this.#tailBytes };
  }

  /** null for a log that is not cut, or has its place. */
  get beginning(): TailBeginning | null {
    if (this.#cut === null || this.#tail !== null) return null;
    return { cut: this.#cut, from: this.#tailBytes - this.#waitingBytes, bytes: Buffer.concat(this.#waiting) };
  }

  /** @param tail holds a `beginning`, or all of it that is still needed */
  useTail(tail: TraceSpool): void {
    const from = this.#tailBytes - this.#waitingBytes;
    const rest = Buffer.concat(this.#waiting).subarray(Math.max(0, tail.appendedSize - from));
    // A checkpoint may not speak of what was given up while the place was made: no disk would ever hold all of that.
    this.#tailBytes = tail.appendedSize + rest.length;
    this.#tail = tail;
    this.#waiting = [];
    this.#waitingBytes = 0;
    // What fails then fails again, and is told, at the next append.
    tail.append(rest).catch(() => undefined);
  }

  /** In the order of the calls. `bytes` holds whole characters. */
  append(bytes: Buffer): Promise<void> {
    const { spool, limit, cut } = this.#options;
    if (this.#cut !== null) return this.#appendTail(bytes);
    const { head, rest } = limit.push(bytes);
    const appended = spool.append(head);
    if (!limit.isReached) return appended;
    this.#cut = { ...cut(), headBytes: spool.appendedSize };
    return Promise.all([appended, this.#appendTail(rest)]).then(() => {});
  }

  async drain(): Promise<void> {
    await this.#options.spool.drain();
    await this.#tail?.drain();
  }

  /** The end of the log behind its head; nothing where all of it is there. Nothing may be appended any more. */
  async close(): Promise<void> {
    const { spool } = this.#options;
    await this.drain();
    if (this.#cut === null || this.#tailBytes === 0) return;
    await spool.append(this.#tail === null ? this.#endInMemory(this.#cut) : await readLogEnd(this.#tail, this.#cut));
    await spool.drain();
  }

  async #appendTail(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#tailBytes += bytes.length;
    if (this.#tail !== null) return this.#tail.append(bytes);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes < longestTailBytes) return;
    await this.#options.spool.drain();
    // The disk was waited for long enough.
    if (this.#tail === null) this.#giveUpOldest();
  }

  #giveUpOldest(): void {
    for (let oldest = this.#waiting[0]; oldest !== undefined; oldest = this.#waiting[0]) {
      if (this.#waitingBytes - oldest.length < longestTailBytes) return;
      this.#waiting.shift();
      this.#waitingBytes -= oldest.length;
    }
  }

  #endInMemory(cut: LogCut): Buffer {
    const last = Buffer.concat(this.#waiting).subarray(-longestTailBytes);
    return logEnd(cut, last, this.#tailBytes - last.length);
  }
}

/** What stands behind the cut in the end, of what was written after it. */
export async function readLogEnd(tail: TraceSpool, cut: LogCut): Promise<Buffer> {
  const { size } = tail;
  const from = Math.max(0, size - longestTailBytes);
  const pieces: Buffer[] = [];
  // What the disk has no room for is read from memory, by itself.
  for (let at = from; at < size;) {
    const piece = await tail.read(at, size - at);
    pieces.push(piece);
    at += piece.length;
  }
  return logEnd(cut, Buffer.concat(pieces), from);
}
