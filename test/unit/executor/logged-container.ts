import { Readable } from "node:stream";
import type { Engine } from "../../../src/docker/engine.ts";

export interface Frame {
  readonly source: "stdout" | "stderr";
  readonly text: string;
}

/** From 16 KiB on the daemon keeps a line in pieces of this size. */
export const pieceBytes = 16 * 1024;

/** As an attach or logs call gives them. */
export function framed(frames: readonly Frame[]): Buffer[] {
  return frames.map(({ source, text }) => {
    const header = Buffer.alloc(8);
    header[0] = source === "stdout" ? 1 : 2;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  });
}

/**
 * A container as the daemon's log driver "local" keeps it: a line is one frame, one from 16 KiB on several with one time
 * and without its end, and so is a last line that has none.
 */
export class LoggedContainer {
  readonly log: Frame[] = [];
  #lines = 0;
  /** Frames after which the stream of each further call ends. */
  cuts: number[] = [];
  readonly engine = {
    getContainer: () => ({ logs: async () => Readable.from(framed(this.log.slice(0, this.cuts.shift()))) }),
  } as unknown as Engine;

  run(frames: readonly Frame[]): void {
    const open = { stdout: "", stderr: "" };
    for (const { source, text } of frames) {
      const lines = (open[source] + text).split("\n");
      open[source] = lines.pop() ?? "";
      for (const line of lines) this.#keep(source, line, "\n");
    }
    for (const source of ["stdout", "stderr"] as const) if (open[source] !== "") this.#keep(source, open[source], "");
  }

  #keep(source: Frame["source"], line: string, end: string): void {
    const time = `2021-01-01T00:00:00.${String(this.#lines++).padStart(9, "0")}Z `;
    const bytes = Buffer.from(line);
    for (let at = 0; at <= bytes.length; at += pieceBytes) {
      const text = bytes.subarray(at, at + pieceBytes).toString();
      this.log.push({ source, text: time + text + (bytes.length < pieceBytes ? end : "") });
    }
  }
}
