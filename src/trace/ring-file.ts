import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { TailBeginning } from "./limited-log.ts";
import type { LogCut } from "./log-end.ts";
import type { SpoolFile } from "./spool-file.ts";

/** Far more than the tail and what waits for the disk at a time: what is written last never overwrites the tail before it. */
const capacityBytes = 2 * 1024 * 1024;
const headerBytes = 4096;
/** Of all names of sections; more than the agent's own stages have. */
const longestNames = 2048;

/**
 * The end of a log that grows without end, on the disk: positions count on, and of each byte's place there is another
 * 2 MiB later. Its header says how much was written, so that an agent which starts anew finds it.
 */
export class RingFile implements SpoolFile {
  readonly #file: FileHandle;
  readonly cut: LogCut;
  #written: number;

  private constructor(file: FileHandle, cut: LogCut, written: number) {
    this.#file = file;
    this.cut = cut;
    this.#written = written;
  }

  /** In place of one that was there. */
  static async create(path: string, { cut, from, bytes }: TailBeginning): Promise<RingFile> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
    const sections = cut.sections.join("").length <= longestNames ? cut.sections : [];
    const ring = new RingFile(file, { ...cut, sections }, from);
    try {
      await ring.write(bytes, 0, bytes.length, from);
      return ring;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** null when there is none, or it has no header yet. */
  static async open(path: string): Promise<RingFile | null> {
    let file: FileHandle;
    try {
      file = await open(path, constants.O_RDWR);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
    const header = await readHeader(file);
    if (header !== null) return new RingFile(file, header.cut, header.written);
    await file.close();
    return null;
  }

  /** How much was written to the one at `path`; null for none. */
  static async sizeOf(path: string): Promise<number | null> {
    const ring = await RingFile.open(path);
    if (ring === null) return null;
    const { size } = await ring.stat();
    await ring.close();
    return size;
  }

  stat(): Promise<{ readonly size: number }> {
    return Promise.resolve({ size: this.#written });
  }

  async read(buffer: Buffer, at: number, length: number, position: number): Promise<{ readonly bytesRead: number }> {
    const { place, room } = placeOf(position);
    return this.#file.read(buffer, at, Math.min(length, room, this.#written - position), place);
  }

  async write(
    buffer: Buffer,
    at: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }> {
    for (let done = 0; done < length;) {
      const { place, room } = placeOf(position + done);
      const { bytesWritten } = await this.#file.write(buffer, at + done, Math.min(length - done, room), place);
      done += bytesWritten;
    }
    this.#written = position + length;
    await this.#writeHeader();
    return { bytesWritten: length };
  }

  writev(buffers: readonly Buffer[], position: number): Promise<{ readonly bytesWritten: number }> {
    const whole = Buffer.concat(buffers);
    return this.write(whole, 0, whole.length, position);
  }

  async truncate(size: number): Promise<void> {
    this.#written = size;
    await this.#writeHeader();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #writeHeader(): Promise<void> {
    const text = JSON.stringify({ written: this.#written, cut: this.cut });
    await this.#file.write(Buffer.from(text.padEnd(headerBytes)), 0, headerBytes, 0);
  }
}

async function readHeader(file: FileHandle): Promise<{ readonly written: number; readonly cut: LogCut } | null> {
  const header = Buffer.alloc(headerBytes);
  await file.read(header, 0, headerBytes, 0);
  try {
    return JSON.parse(header.toString()) as { readonly written: number; readonly cut: LogCut };
  } catch {
    return null;
  }
}

function placeOf(position: number): { readonly place: number; readonly room: number } {
  const offset = position % capacityBytes;
  return { place: headerBytes + offset, room: capacityBytes - offset };
}
