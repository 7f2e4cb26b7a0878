import type { ByteFilter } from "./byte-filter.ts";
import { noBytes } from "./byte-filter.ts";
import type { TraceSource } from "./trace.ts";

/** Stream number and kind of each source, as GitLab's log viewer reads them (protocol section 8.3). */
const streamMarks: Readonly<Record<TraceSource, string>> = {
  executor: "00O",
  stdout: "01O",
  stderr: "01E",
  service: "0fO",
};

/** A line without end that grows beyond this is given out in parts. */
const longestHeldBytes = 8 * 1024;
const newline = 0x0a;
const carriageReturn = 0x0d;
const lineEnd = Buffer.from("\n");

/** What a stamper knows between two writes; JSON-serialisable. */
export interface StamperState {
  /** The unfinished line with its stamp, base64. */
  readonly unfinished: string;
  /** Whether the next stamp goes on with a line that was given out in part. */
  readonly continues: boolean;
}

/**
 * Puts `YYYY-MM-DDTHH:MM:SS.ffffffZ 01O ` before each line. An unfinished line is held until it ends, except that a
 * write with a carriage return after its last newline (a progress bar, a section marker) is given out as a whole
 * and at once; its next part is marked `+` instead of the last space. The clock is read once a write.
 */
export class TimestampFilter implements ByteFilter {
  readonly #mark: string;
  readonly #now: () => number;
  #unfinished: Buffer;
  #continues: boolean;

  /** `now` gives milliseconds since the epoch; a fraction fills the microseconds. */
  constructor(source: TraceSource, now: () => number, state?: StamperState) {
    this.#mark = streamMarks[source];
    this.#now = now;
    this.#unfinished = state === undefined ? noBytes : Buffer.from(state.unfinished, "base64");
    this.#continues = state?.continues ?? false;
  }

  get state(): StamperState {
    return { unfinished: this.#unfinished.toString("base64"), continues: this.#continues };
  }

  push(chunk: Buffer): Buffer {
    const time = timestamp(this.#now());
    const linesEnd = chunk.lastIndexOf(newline) + 1;
    const lines = linesEnd === 0 ? noBytes : this.#stampLines(chunk.subarray(0, linesEnd), time);
    if (linesEnd === chunk.length) return lines;

    const rest = chunk.subarray(linesEnd);
    const before = this.#unfinished.length > 0 ? this.#unfinished : this.#takeStamp(time);
    if (rest.includes(carriageReturn) || rest.length + this.#unfinished.length > longestHeldBytes) {
      this.#unfinished = noBytes;
      this.#continues = true;
      return Buffer.concat([lines, before, rest, lineEnd]);
    }
    this.#unfinished = Buffer.concat([before, rest]);
    return lines;
  }

  flush(): Buffer {
    if (this.#unfinished.length === 0) return noBytes;
    const rest = Buffer.concat([this.#unfinished, lineEnd]);
    this.#unfinished = noBytes;
    return rest;
  }

  #takeStamp(time: string): Buffer {
    const stamp = Buffer.from(`${time} ${this.#mark}${this.#continues ? "+" : " "}`, "latin1");
    this.#continues = false;
    return stamp;
  }

  /** `lines` ends with a newline. By way of a Latin-1 string, which is faster than any loop over the bytes. */
  #stampLines(lines: Buffer, time: string): Buffer {
    const first = this.#unfinished.length > 0 ? this.#unfinished : this.#takeStamp(time);
    this.#unfinished = noBytes;
    const between = `\n${this.#takeStamp(time).toString("latin1")}`;
    const stamped = lines.toString("latin1", 0, lines.length - 1).replaceAll("\n", between);
    return Buffer.concat([first, Buffer.from(`${stamped}\n`, "latin1")]);
  }
}

function timestamp(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const microseconds = Math.floor((milliseconds - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(microseconds).padStart(3, "0")}Z`;
}
