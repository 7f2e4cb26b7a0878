import { crc32 } from "node:zlib";
import { AgentError, messageOf } from "../support/errors.ts";

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

/** CRC-32 of the first `size` bytes. */
export async function crcOf(file: SpoolFile, size: number): Promise<number> {
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

/** What went wrong with a log on disk. */
export function spoolError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError("TRACE_SPOOL", `The job's log can't be kept on disk: ${messageOf(error)}`, {
    hint: "Free space in the agent's state directory, or name another one with --state-dir.",
    cause: error,
  });
}
