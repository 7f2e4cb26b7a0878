import type { SpoolFile } from "../../../src/trace/spool-file.ts";

/** A file in memory, on a disk that can be full. Its content outlives `close`, as a file's does. */
export class MemoryFile implements SpoolFile {
  content: Buffer = Buffer.alloc(0);
  /** Bytes that the disk has room for; a write that doesn't fit leaves its beginning and then fails. */
  capacity = Infinity;
  closed = false;
  writes = 0;

  stat() {
    return Promise.resolve({ size: this.content.length });
  }

  read(buffer: Buffer, at: number, length: number, position: number) {
    return Promise.resolve({ bytesRead: this.content.copy(buffer, at, position, position + length) });
  }

  write(buffer: Buffer, at: number, length: number, position: number) {
    return this.writev([buffer.subarray(at, at + length)], position);
  }

  async writev(buffers: readonly Buffer[], position: number) {
    await Promise.resolve();
    this.writes++;
    const bytes = Buffer.concat(buffers);
    const fitting = bytes.subarray(0, Math.max(0, this.capacity - position));
    if (fitting.length === 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    const after = this.content.subarray(position + fitting.length);
    this.content = Buffer.concat([this.content.subarray(0, position), fitting, after]);
    return { bytesWritten: fitting.length };
  }

  truncate(size: number) {
    this.content = this.content.subarray(0, size);
    return Promise.resolve();
  }

  close() {
    this.closed = true;
    return Promise.resolve();
  }
}
