import { open, readFile, truncate, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

/**
 * The log of one job, in a file. Appends are taken one after another, so the check of the offset and the write are
 * one step even when a client sends the same bytes twice at once.
 */
export class TraceFile {
  readonly path: string;
  #handle: FileHandle | null = null;
  #size = 0;
  #crc = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes stored. */
  get size(): number {
    return this.#size;
  }

  /** As the protocol writes it (section 7): IEEE CRC-32 of all bytes. */
  get checksum(): string {
    return `crc32:${this.#crc.toString(16).padStart(8, "0")}`;
  }

  /** Stores `bytes` when `offset` is the size; says whether it did. */
  append(offset: number, bytes: Uint8Array): Promise<boolean> {
    return this.#serially(async () => {
      if (offset !== this.#size) return false;
      this.#handle ??= await open(this.path, "a", 0o600);
      await this.#handle.appendFile(bytes);
      this.#size += bytes.length;
      this.#crc = crc32(bytes, this.#crc);
      return true;
    });
  }

  /** Forgets everything, for a log that has to be sent again. */
  reset(): Promise<void> {
    return this.#serially(async () => {
      await this.#handle?.truncate(0);
      this.#size = 0;
      this.#crc = 0;
    });
  }

  /** Forgets what lies behind `size`, as a store that lost its last chunks. */
  shrink(size: number): Promise<void> {
    return this.#serially(async () => {
      if (size >= this.#size) return;
      await truncate(this.path, size);
      this.#size = size;
      this.#crc = crc32(await readFile(this.path));
    });
  }

  async read(): Promise<Buffer> {
    await this.#queue;
    return this.#size === 0 ? Buffer.alloc(0) : readFile(this.path);
  }

  close(): Promise<void> {
    return this.#serially(async () => {
      await this.#handle?.close();
      this.#handle = null;
    });
  }

  #serially<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(step);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
