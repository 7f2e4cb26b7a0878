import type { StreamChunk } from "../docker/demux.ts";
import { type EndMark, endMarkText } from "../script/end-mark.ts";

type Stream = StreamChunk["source"];

const nothing = Buffer.alloc(0);

/** Takes the end mark of a run out of its two streams, and knows whether both have come to their end. */
export class EndWatch {
  readonly #mark: Buffer;
  readonly #held: Record<Stream, Buffer> = { stdout: nothing, stderr: nothing };
  readonly #ended: Record<Stream, boolean> = { stdout: false, stderr: false };

  constructor(mark: EndMark) {
    this.#mark = Buffer.from(endMarkText(mark));
  }

  /** True when nothing more is to come: the script said so on both streams. */
  get isOver(): boolean {
    return this.#ended.stdout && this.#ended.stderr;
  }

  /** Bytes that wait because a mark may have begun. */
  held(stream: Stream): number {
    return this.#held[stream].length;
  }

  /** What of a stream belongs to the log; what may be the beginning of the mark comes with the next piece, or `rest`. */
  push(stream: Stream, bytes: Buffer): Buffer {
    const all = this.#held[stream].length === 0 ? bytes : Buffer.concat([this.#held[stream], bytes]);
    this.#held[stream] = nothing;
    const at = all.indexOf(this.#mark);
    if (at !== -1) {
      this.#ended[stream] = true;
      return Buffer.concat([all.subarray(0, at), all.subarray(at + this.#mark.length)]);
    }
    const begins = this.#beginning(all);
    this.#held[stream] = Buffer.from(all.subarray(begins));
    return all.subarray(0, begins);
  }

  /** What was held back, and was no mark. */
  rest(stream: Stream): Buffer {
    const held = this.#held[stream];
    this.#held[stream] = nothing;
    return held;
  }

  /** Where the longest end of `bytes` begins that the mark begins with; its length when there is none. */
  #beginning(bytes: Buffer): number {
    const first = this.#mark[0] as number;
    const from = Math.max(0, bytes.length - this.#mark.length + 1);
    for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
      if (this.#mark.subarray(0, bytes.length - at).equals(bytes.subarray(at))) return at;
    }
    return bytes.length;
  }
}
