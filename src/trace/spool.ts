import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { type Clock, systemClock } from "../support/clock.ts";
import { diskRetryMs } from "../support/disk-patience.ts";
import { noBytes } from "./byte-filter.ts";
import { DiskTrouble, type DiskTroubleOptions } from "./disk-trouble.ts";
import { crcOf, type SpoolFile, spoolError } from "./spool-file.ts";

/** Appends return at once while less than this waits for the disk. */
const queueLimitBytes = 256 * 1024;
/** Once the disk was waited for long enough, this much is kept and read from memory; what exceeds it is refused, */
const memoryLimitBytes = 1024 * 1024;
/** but for last words, which are short and must have room. */
const lastWordsBytes = { each: 4 * 1024, all: 64 * 1024 };

export interface SpoolOptions extends Partial<DiskTroubleOptions> {
  /** Bytes of an earlier run beyond this are dropped. Default: all are kept. */
  readonly truncateTo?: number;
  /**
   * Called with the size that the file will have, right before each batch is written, and awaited: what is
   * recorded there is on record before any byte of the batch can be read, hence before it can be sent.
   */
  readonly beforeBatch?: (size: number) => Promise<void>;
  /** False for a file whose beginning is gone: its checksum is nobody's. Default true. */
  readonly checksummed?: boolean;
  /** Opens the file. Default: the one at the path, made where there is none. */
  readonly openFile?: (path: string) => Promise<SpoolFile>;
}

/**
 * One job's log on disk, append-only. While a write is under way further appends collect, so that any number of tiny
 * ones cost a few writes. `size`, `read` and `checksum` speak of what is in the file, never of what still waits.
 *
 * A disk that takes nothing (it is full, a quota is, it is broken or became read-only) is tried again every second. Those
 * who append wait meanwhile, so the script does whose output it is, and nothing is lost. When that took too long, what
 * waits can be read from memory, so that the coordinator gets it, and with it the reason why the job had to end.
 */
export class TraceSpool {
  readonly #file: SpoolFile;
  readonly #options: SpoolOptions;
  readonly #clock: Clock;
  /** Bytes in the file. */
  #written: number;
  #crc: number;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | null = null;
  readonly #disk: DiskTrouble;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();

  private constructor(file: SpoolFile, size: number, crc: number, options: SpoolOptions) {
    this.#file = file;
    this.#written = size;
    this.#crc = crc;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#disk = new DiskTrouble({ ...options, clock: this.#clock });
  }

  /** Creates the file (mode 0600) or goes on where an earlier run ended. */
  static async open(path: string, options: SpoolOptions = {}): Promise<TraceSpool> {
    try {
      const openFile = options.openFile ?? ((at: string) => open(at, constants.O_RDWR | constants.O_CREAT, 0o600));
      const file = await openFile(path);
      const onDisk = (await file.stat()).size;
      const size = Math.min(onDisk, options.truncateTo ?? onDisk);
      if (size < onDisk) await file.truncate(size);
      const crc = options.checksummed === false ? 0 : await crcOf(file, size);
      return new TraceSpool(file, size, crc, options);
    } catch (error) {
      throw spoolError(error);
    }
  }

  /** Bytes that can be read. */
  get size(): number {
    return this.#disk.isOver ? this.appendedSize : this.#written;
  }

  /** Bytes that an agent which starts anew will find. */
  get writtenSize(): number {
    return this.#written;
  }

  /** Size of the log once all that was appended is written. */
  get appendedSize(): number {
    return this.#written + this.#queuedBytes;
  }

  /** Over all `size` bytes, as the coordinator wants it (protocol section 7). */
  checksum(): string {
    const crc = this.#disk.isOver ? this.#queue.reduce((sum, part) => crc32(part, sum), this.#crc) : this.#crc;
    return `crc32:${crc.toString(16).padStart(8, "0")}`;
  }

  /**
   * Resolves as soon as the spool has room for more; `bytes` must not be changed afterwards.
   * @throws AgentError TRACE_SPOOL when disk and memory take nothing more
   */
  async append(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (this.#disk.isOver && !this.#hasMemoryFor(bytes.length)) throw this.#disk.error;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    const written = this.#kick();
    if (this.#disk.isOver) this.#tellWaiting();
    else if (this.#queuedBytes >= queueLimitBytes) await Promise.race([written, this.#disk.over]);
  }

  /** Resolves when all that was appended can be read, be it from memory. */
  async drain(): Promise<void> {
    while (this.#queuedBytes > 0 && !this.#disk.isOver) await Promise.race([this.#kick(), this.#disk.over]);
  }

  /** Up to `max` bytes from `offset`, in a buffer of `allocate`'s; none at the end of the log. */
  async read(offset: number, max: number, allocate = newBuffer): Promise<Buffer> {
    if (offset >= this.#written) return this.#readMemory(offset, max, allocate);
    const length = Math.min(max, this.#written - offset);
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
        if (this.size <= offset) return;
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

  /** Writes what waits, waiting for no disk, then closes the file. @throws AgentError TRACE_SPOOL */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the log is closed"));
    try {
      if (this.#queuedBytes > 0) await this.#kick();
      if (this.#queuedBytes > 0 && this.#disk.error !== null) throw this.#disk.error;
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

  /** Never rejects: what goes wrong is told to `#disk`. Ends when all is written, or the spool is closed. */
  async #writeAll(): Promise<void> {
    // Lets the caller finish what it does in one go, e.g. several appends of one write.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      try {
        await this.#writeBatch();
      } catch (error) {
        this.#disk.failed(spoolError(error));
        this.#tellWaiting();
        if (this.#closing.signal.aborted) return;
        await this.#clock.sleep(diskRetryMs, this.#closing.signal).catch(() => {});
      }
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = [...this.#queue];
    const bytes = this.#queuedBytes;
    await this.#options.beforeBatch?.(this.#written + bytes);
    await this.#write(batch, bytes);
    this.#queue.splice(0, batch.length);
    this.#queuedBytes -= bytes;
    this.#crc = batch.reduce((crc, part) => crc32(part, crc), this.#crc);
    this.#written += bytes;
    // Not sooner: what can be read already must not be gone for a moment.
    if (this.#queue.length === 0) this.#disk.recovered();
    this.#tellWaiting();
  }

  #hasMemoryFor(bytes: number): boolean {
    const isLastWords = bytes <= lastWordsBytes.each;
    return this.#queuedBytes + bytes <= memoryLimitBytes + (isLastWords ? lastWordsBytes.all : 0);
  }

  #readMemory(offset: number, max: number, allocate: (length: number) => Buffer): Buffer {
    const length = Math.min(max, this.size - offset);
    if (length <= 0) return noBytes;
    const from = offset - this.#written;
    const buffer = allocate(length);
    Buffer.concat(this.#queue).copy(buffer, 0, from, from + length);
    return buffer;
  }

  #tellWaiting(): void {
    for (const check of this.#waiting) check();
  }

  /** At a fixed position, so that a second try after a half-written batch writes over the half. */
  async #write(batch: Buffer[], bytes: number): Promise<void> {
    let { bytesWritten } = await this.#file.writev(batch, this.#written);
    if (bytesWritten === bytes) return;
    const whole = Buffer.concat(batch);
    while (bytesWritten < bytes) {
      const rest = await this.#file.write(whole, bytesWritten, bytes - bytesWritten, this.#written + bytesWritten);
      bytesWritten += rest.bytesWritten;
    }
  }
}

const newBuffer = (length: number): Buffer => Buffer.allocUnsafe(length);
