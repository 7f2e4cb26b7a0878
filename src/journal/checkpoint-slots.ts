import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isCovered, logBytes, type LogSize, type TraceCheckpoint } from "../trace/checkpoint.ts";
import { decodeRecords, encodeRecord } from "./record-line.ts";

const names = ["checkpoint.0", "checkpoint.1"] as const;

/**
 * The latest checkpoint of a job's log. Two slots in turn, since the newest one may speak of a batch that never got
 * into the spool: then the other one is true. Their size does not grow with the log's.
 */
export class CheckpointSlots {
  readonly #files: readonly [FileHandle, FileHandle];
  #current: 0 | 1;
  /** `logBytes` of what stands in the current slot. */
  #recorded: number;

  private constructor(files: readonly [FileHandle, FileHandle], current: 0 | 1, recorded: number) {
    this.#files = files;
    this.#current = current;
    this.#recorded = recorded;
  }

  /** `size`: of the log as it was found; the checkpoint that fits it is not overwritten first. */
  static async open(directory: string, size: LogSize): Promise<CheckpointSlots> {
    const best = await bestSlot(directory, size);
    const flags = constants.O_RDWR | constants.O_CREAT;
    const [first, second] = names.map((name) => open(join(directory, name), flags, 0o600)) as [
      Promise<FileHandle>,
      Promise<FileHandle>,
    ];
    return new CheckpointSlots(
      [await first, await second],
      best?.slot ?? 0,
      best === null ? 0 : logBytes(best.checkpoint),
    );
  }

  /** The newest checkpoint that a log of this size holds all of; null when there is none. */
  static async read(directory: string, size: LogSize): Promise<TraceCheckpoint | null> {
    return (await bestSlot(directory, size))?.checkpoint ?? null;
  }

  /** `committedBytes`: what of the log is on disk for sure; a slot that speaks of no more than this is kept. */
  async record(checkpoint: TraceCheckpoint, committedBytes: number): Promise<void> {
    if (this.#recorded <= committedBytes) this.#current = this.#current === 0 ? 1 : 0;
    this.#recorded = logBytes(checkpoint);
    // What an older, longer checkpoint leaves behind the line's end is never read.
    const line = Buffer.from(encodeRecord(checkpoint));
    let written = 0;
    while (written < line.length) {
      const rest = await this.#files[this.#current].write(line, written, line.length - written, written);
      written += rest.bytesWritten;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map((file) => file.close()));
  }
}

interface FilledSlot {
  readonly slot: 0 | 1;
  readonly checkpoint: TraceCheckpoint;
}

async function bestSlot(directory: string, size: LogSize): Promise<FilledSlot | null> {
  let best: FilledSlot | null = null;
  for (const slot of [0, 1] as const) {
    const checkpoint = await readSlot(join(directory, names[slot]));
    if (checkpoint === null || !isCovered(checkpoint, size)) continue;
    if (best === null || logBytes(checkpoint) > logBytes(best.checkpoint)) best = { slot, checkpoint };
  }
  return best;
}

async function readSlot(path: string): Promise<TraceCheckpoint | null> {
  try {
    // The CRC says that it is what `record` wrote.
    const [checkpoint] = decodeRecords(await readFile(path)).records as TraceCheckpoint[];
    return checkpoint ?? null;
  } catch {
    return null;
  }
}
