const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** `2021-01-01T00:00:00.000000000Z ` */
const stampBytes = 31;

/**
 * One stream of a container's log with time stamps. The daemon keeps a line from 16 KiB on in pieces and puts the time of
 * the line before each of them; its driver "local" forgets the end of such a line. Here each line has its time once or not
 * at all, and its end.
 */
export class StampedLines {
  readonly #showsTime: boolean;
  /** The beginning of a piece that belongs to the line before it, or not. */
  #held: Buffer | null = null;
  #time: Buffer = nothing;
  #isOpen = false;

  constructor(showsTime: boolean) {
    this.#showsTime = showsTime;
  }

  /** What comes next is the beginning of a piece. */
  beginPiece(): void {
    this.#held = nothing;
  }

  push(bytes: Buffer): Buffer {
    if (bytes.length === 0) return nothing;
    if (this.#held === null) return this.#pass(bytes);
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#held.length < stampBytes) return nothing;
    const piece = this.#held;
    this.#held = null;
    const time = piece.subarray(0, stampBytes);
    const rest = piece.subarray(stampBytes);
    if (this.#isOpen && time.equals(this.#time)) return this.#pass(rest);
    this.#time = Buffer.from(time);
    const line = this.#showsTime ? piece : rest;
    if (!this.#isOpen) return this.#pass(line);
    this.#isOpen = false;
    return Buffer.concat([Buffer.from("\n"), this.#pass(line)]);
  }

  #pass(bytes: Buffer): Buffer {
    if (bytes.length > 0) this.#isOpen = bytes.at(-1) !== newline;
    return bytes;
  }
}
