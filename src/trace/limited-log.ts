import type { TraceCheckpoint } from "./checkpoint.ts";
import type { OutputLimit } from "./limit.ts";
import { type LogCut, logEnd, longestTailBytes } from "./log-end.ts";
import type { TraceSpool } from "./spool.ts";

export interface LimitedLogOptions {
  readonly spool: TraceSpool;
  readonly limit: OutputLimit;
  /** Makes a place for what comes after the cut; all but its end may be given up. */
  readonly openTail: (cut: LogCut) => Promise<TraceSpool>;
  /** Where the log is cut at this moment; its size is filled in. */
  readonly cut: () => Omit<LogCut, "headBytes">;
  /** What an earlier run of the agent kept of the log after its cut. */
  readonly resumed?: { readonly tail: TraceSpool; readonly cut: LogCut };
}

/**
 * A log below its limit is its spool. Beyond that what comes goes aside, where only the end of it is kept, until `close`
 * puts that end behind what the coordinator has.
 */
export class LimitedLog {
  readonly #options: LimitedLogOptions;
  #cut: LogCut | null;
  #tail: Promise<TraceSpool> | null;
  #tailBytes: number;

  constructor(options: LimitedLogOptions) {
    this.#options = options;
    this.#cut = options.resumed?.cut ?? null;
    this.#tail = options.resumed === undefined ? null : Promise.resolve(options.resumed.tail);
    this.#tailBytes = options.resumed?.tail.appendedSize ?? 0;
  }

  /** How far the log has come, with all that waits for the disk. */
  get position(): Pick<TraceCheckpoint, "spoolBytes" | "tailBytes"> {
    if (this.#cut === null) return { spoolBytes: this.#options.spool.appendedSize };
    return { spoolBytes: this.#cut.headBytes, tailBytes: this.#tailBytes };
  }

  /** In the order of the calls. `bytes` holds whole characters. */
  append(bytes: Buffer): Promise<void> {
    const { spool, limit, cut, openTail } = this.#options;
    if (this.#cut === null) {
      const { head, rest } = limit.push(bytes);
      const appended = spool.append(head);
      if (rest.length === 0) return appended;
      this.#cut = { ...cut(), headBytes: spool.appendedSize };
      this.#tail = openTail(this.#cut);
      return Promise.all([appended, this.#appendTail(rest)]).then(() => {});
    }
    return this.#appendTail(bytes);
  }

  async drain(): Promise<void> {
    await this.#options.spool.drain();
    await (await this.#tail)?.drain();
  }

  /** The end of the log behind its head; nothing where all of it is there. Nothing may be appended any more. */
  async close(): Promise<void> {
    const tail = await this.#tail;
    if (tail === null || this.#cut === null) return;
    await tail.drain();
    await this.#options.spool.append(await readLogEnd(tail, this.#cut));
    await this.#options.spool.drain();
  }

  async #appendTail(bytes: Buffer): Promise<void> {
    this.#tailBytes += bytes.length;
    if (bytes.length > 0) await (await this.#tail)?.append(bytes);
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
