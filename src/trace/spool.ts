import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { AgentError, messageOf } from "../support/errors.ts";
import { noBytes } from "./byte-filter.ts";

/** Appends return at once while less than this waits for the disk. */
const queueLimitBytes = 256 * 1024;
/** While the disk takes nothing, this much is kept for a later try; what exceeds it is refused. */
const failedQueueLimitBytes = 1024 * 1024;
const rereadBytes = 1024 * 1024;

/** The part of a file that the spool needs, as node:fs has it. */
export interface SpoolFile {
  stat(): Promise<{ readonly size: number }>;
  read(buffer: Buffer, at: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Buffer, at: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  writev(buffers: readonly Buffer[], position: number): Promise<{ readonly bytesWritten: number }>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

export interface SpoolOptions {
  /** Bytes of an earlier run beyond this are dropped. Default: all are kept. */
  readonly truncateTo?: number;
  /**
   * Called with the size that the file will have, right before each batch is written, and awaited: what is
   * recorded there is on record before any byte of the batch can be read, hence before it can be sent.
   */
  readonly beforeBatch?: (size: number) => Promise<void>;
  /** Opens the file; for tests of a failing disk. */
  readonly openFile?: (path: string) => Promise<SpoolFile>;
}

/**
 * One job's log on disk, append-only. While a write is under way further appends collect, so that any number of tiny
 * ones cost a few writes. `size`, `read` and `checksum` speak of what is in the file, never of what still waits.
 */
export class TraceSpool {
  readonly #file: SpoolFile;
  readonly #beforeBatch: (size: number) => Promise<void>;
  #size: number;
  #crc: number;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | null = null;
  /** Set by a failed write, cleared by the next that succeeds. */
  #failure: AgentError | null = null;
  readonly #waiting = new Set<() => void>();

  private constructor(file: SpoolFile, size: number, crc: number, options: SpoolOptions) {
    this.#file = file;
    this.#size = size;
    this.#crc = crc;
    this.#beforeBatch = options.beforeBatch ?? (() => Promise.resolve());
  }

  /** Creates the file (mode 0600) or goes on where an earlier run ended. */
  static async open(path: string, options: SpoolOptions = {}): Promise<TraceSpool> {
    try {
      const openFile = options.openFile ?? ((at: string) => open(at, constants.O_RDWR | constants.O_CREAT, 0o600));
      const file = await openFile(path);
      const onDisk = (await file.stat()).size;
      const size = Math.min(onDisk, options.truncateTo ?? onDisk);
      if (size < onDisk) await file.truncate(size);
      return new TraceSpool(file, size, await crcOf(file, size), options);
    } catch (error) {
      throw spoolError(error);
    }
  }

  /** Bytes that can be read. */
  get size(): number {
    return this.#size;
  }

  /** Size of the log once all that was appended is written. */
  get appendedSize(): number {
    return this.#size + this.#queuedBytes;
  }

  /** Over all `size` bytes, as the coordinator wants it (protocol section 7). */
  checksum(): string {
    return `crc32:${this.#crc.toString(16).padStart(8, "0")}`;
  }

  /**
   * Resolves as soon as the spool has room for more; `bytes` must not be changed afterwards.
   * @throws AgentError TRACE_SPOOL when the disk takes nothing; each further append tries again.
   */
  async append(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#failure !== null && this.#queuedBytes + bytes.length > failedQueueLimitBytes) throw this.#failure;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    const written = this.#kick();
    if (this.#failure === null && this.#queuedBytes < queueLimitBytes) return;
    await written;
    if (this.#failure !== null) throw this.#failure;
  }

  /** Resolves when all that was appended can be read. @throws AgentError TRACE_SPOOL */
  async drain(): Promise<void> {
    while (this.#queuedBytes > 0) {
      await this.#kick();
      if (this.#failure !== null) throw this.#failure;
    }
  }

  /** Up to `max` bytes from `offset`, in a buffer of `allocate`'s; none at the end of the log. */
  async read(offset: number, max: number, allocate = newBuffer): Promise<Buffer> {
    const length = Math.min(max, this.#size - offset);
    if (length <= 0) return noBytes;
    const buffer = allocate(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file.read(buffer, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw spoolError(new Error("the log file is shorter than what was written to it"));
      filled += bytesRead;
    }
    return buffer;
  }

  /** Resolves when there are bytes beyond `offset`; rejects with the signal's reason. */
  waitForMore(offset: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const check = () => {
        if (this.#size <= offset) return;
        leave();
        resolve();
      };
      const abort = () => {
        leave();
        reject(signal.reason as Error);
      };
      const leave = () => {
        this.#waiting.delete(check);
        signal.removeEventListener("abort", abort);
      };
      this.#waiting.add(check);
      signal.addEventListener("abort", abort, { once: true });
      check();
    });
  }

  /** Writes what waits, then closes the file. @throws AgentError TRACE_SPOOL */
  async close(): Promise<void> {
    try {
      await this.drain();
    } finally {
      await this.#file.close();
    }
  }

  #kick(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  /** Never rejects: the outcome is in `#failure`. */
  async #writeAll(): Promise<void> {
    // Lets the caller finish what it does in one go, e.g. several appends of one write.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) {
        const batch = [...this.#queue];
        const bytes = this.#queuedBytes;
        await this.#beforeBatch(this.#size + bytes);
        await this.#write(batch, bytes);
        this.#queue.splice(0, batch.length);
        this.#queuedBytes -= bytes;
        this.#crc = batch.reduce((crc, part) => crc32(part, crc), this.#crc);
        this.#size += bytes;
        this.#failure = null;
        for (const check of this.#waiting) check();
      }
    } catch (error) {
      this.#failure = spoolError(error);
    }
  }

  /** At a fixed position, so that a second try after a half-written batch writes over the half. */
  async #write(batch: Buffer[], bytes: number): Promise<void> {
    let { bytesWritten } = await this.#file.writev(batch, this.#size);
    if (bytesWritten === bytes) return;
    const whole = Buffer.concat(batch);
    while (bytesWritten < bytes) {
      const rest = await this.#file.write(whole, bytesWritten, bytes - bytesWritten, this.#size + bytesWritten);
      bytesWritten += rest.bytesWritten;
    }
  }
}

const newBuffer = (length: number): Buffer => Buffer.allocUnsafe(length);

async function crcOf(file: SpoolFile, size: number): Promise<number> {
  const buffer = Buffer.allocUnsafe(Math.min(rereadBytes, Math.max(size, 1)));
  let crc = 0;
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at);
    if (bytesRead === 0) throw new Error("the log file ended early");
    crc = crc32(buffer.subarray(0, bytesRead), crc);
    at += bytesRead;
  }
  return crc;
}

function spoolError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError("TRACE_SPOOL", `The job's log can't be kept on disk: ${messageOf(error)}`, {
    hint: "Free space in the agent's state directory, or name another one with --state-dir.",
    cause: error,
  });
}
