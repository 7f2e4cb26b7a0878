import type { StreamChunk } from "../docker/demux.ts";
import { beginMarkText, endMarkText, type ScriptMark, shellMarkText } from "../script/script-marks.ts";

type Stream = StreamChunk["source"];

const newline = 0x0a;
const nothing = Buffer.alloc(0);
const shellMark = Buffer.from(shellMarkText);

interface Awaited {
  readonly mark: Buffer;
  /** How often it is still to come. */
  left: number;
}

/**
 * Takes the marks of a script out of its two streams, and knows whether it has begun, and whether both have come to their
 * end. On which of them a mark comes is not asked: an entrypoint may have bent one into the other.
 */
export class ScriptWatch {
  readonly #shell: Awaited = { mark: shellMark, left: 2 };
  readonly #begin: Awaited;
  readonly #end: Awaited;
  readonly #held: Record<Stream, Buffer> = { stdout: nothing, stderr: nothing };
  /** The mark has been taken out, and what ends its line has not. */
  readonly #endsLine: Record<Stream, boolean> = { stdout: false, stderr: false };

  constructor(mark: ScriptMark) {
    this.#begin = { mark: Buffer.from(beginMarkText(mark)), left: 1 };
    this.#end = { mark: Buffer.from(endMarkText(mark).trimEnd()), left: 2 };
  }

  /**
   * True when the command of the container has come as far as the shell, and what stands before it lets both streams
   * through: with one alone, the word that the script has begun may be what is lost.
   */
  get isAtShell(): boolean {
    return this.#shell.left === 0;
  }

  /** True when the script has said so. */
  get hasBegun(): boolean {
    return this.#begin.left === 0;
  }

  /** True when nothing more is to come: the script said so on both streams. */
  get isOver(): boolean {
    return this.#end.left === 0;
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
    all = cutOut(cutOut(all, this.#shell), this.#begin);
    const at = this.#end.left === 0 ? -1 : all.indexOf(this.#end.mark);
    if (at !== -1) {
      this.#end.left--;
      this.#endsLine[stream] = true;
      return Buffer.concat([all.subarray(0, at), this.push(stream, all.subarray(at + this.#end.mark.length))]);
    }
    const awaited = [this.#shell, this.#begin, this.#end].filter(({ left }) => left > 0);
    const begins = Math.min(all.length, ...awaited.map(({ mark }) => markStart(all, mark)));
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

function cutOut(bytes: Buffer, awaited: Awaited): Buffer {
  let rest = bytes;
  while (awaited.left > 0) {
    const at = rest.indexOf(awaited.mark);
    if (at === -1) break;
    awaited.left--;
    rest = Buffer.concat([rest.subarray(0, at), rest.subarray(at + awaited.mark.length)]);
  }
  return rest;
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
