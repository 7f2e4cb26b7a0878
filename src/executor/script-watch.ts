import type { StreamChunk } from "../docker/demux.ts";
import { beginMarkText, endMarkText, type ScriptMark, shellMarkText } from "../script/script-marks.ts";

type Stream = StreamChunk["source"];

const newline = 0x0a;
const nothing = Buffer.alloc(0);
const shellMark = Buffer.from(shellMarkText);

/** Takes the marks of a script out of its two streams, and knows whether it has begun, and whether both have come to their end. */
export class ScriptWatch {
  readonly #begin: Buffer;
  readonly #end: Buffer;
  readonly #held: Record<Stream, Buffer> = { stdout: nothing, stderr: nothing };
  /** The mark has been taken out, and what ends its line has not. */
  readonly #endsLine: Record<Stream, boolean> = { stdout: false, stderr: false };
  readonly #ended: Record<Stream, boolean> = { stdout: false, stderr: false };
  #isAtShell = false;
  #hasBegun = false;

  constructor(mark: ScriptMark) {
    this.#begin = Buffer.from(beginMarkText(mark));
    this.#end = Buffer.from(endMarkText(mark).trimEnd());
  }

  /** True when the command of the container has come as far as the shell: what stands before it lets it run. */
  get isAtShell(): boolean {
    return this.#isAtShell;
  }

  /** True when the script has said so, on whichever stream: an entrypoint may have bent one into the other. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** True when nothing more is to come: the script said so on both streams. */
  get isOver(): boolean {
    return this.#ended.stdout && this.#ended.stderr;
  }

  /** What of a stream belongs to the log; what may be the beginning of a mark comes with the next piece, or `rest`. */
  push(stream: Stream, bytes: Buffer): Buffer {
    let all = this.#held[stream].length === 0 ? bytes : Buffer.concat([this.#held[stream], bytes]);
    this.#held[stream] = nothing;
    if (this.#endsLine[stream] && all.length > 0) {
      this.#endsLine[stream] = false;
      if (all[0] === newline) all = all.subarray(1);
    }
    // They come on two streams, and under load the later one may be read first.
    if (!this.#isAtShell) {
      const withoutShell = cutOut(all, shellMark);
      this.#isAtShell = withoutShell !== null;
      all = withoutShell ?? all;
    }
    if (!this.#hasBegun) {
      const withoutBegin = cutOut(all, this.#begin);
      this.#hasBegun = withoutBegin !== null;
      all = withoutBegin ?? all;
    }
    const at = all.indexOf(this.#end);
    if (at !== -1) {
      this.#ended[stream] = true;
      this.#endsLine[stream] = true;
      return Buffer.concat([all.subarray(0, at), this.push(stream, all.subarray(at + this.#end.length))]);
    }
    const awaited = [this.#end];
    if (!this.#hasBegun) awaited.push(this.#begin);
    if (!this.#isAtShell) awaited.push(shellMark);
    const begins = Math.min(...awaited.map((mark) => markStart(all, mark)));
    this.#held[stream] = Buffer.from(all.subarray(begins));
    return all.subarray(0, begins);
  }

  /** What was held back, and was no mark. */
  rest(stream: Stream): Buffer {
    const held = this.#held[stream];
    this.#held[stream] = nothing;
    return held;
  }
}

function cutOut(bytes: Buffer, mark: Buffer): Buffer | null {
  const at = bytes.indexOf(mark);
  return at === -1 ? null : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + mark.length)]);
}

/** Where the longest end of `bytes` begins that the mark begins with; its length when there is none. */
function markStart(bytes: Buffer, mark: Buffer): number {
  const first = mark[0] as number;
  const from = Math.max(0, bytes.length - mark.length + 1);
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (mark.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return at;
  }
  return bytes.length;
}
