/** Files are compressed in blocks of this size, several at a time: the work is done by threads beside the event loop. */
export const BLOCK_BYTES = 512 * 1024;

/**
 * Buffers of BLOCK_BYTES that are used again and again. New ones for every block would be what the garbage collector is
 * started for, many times a second, and its work would be most of what an upload costs.
 */
export class BlockPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
  }

  /** Nobody may look at the buffer any more. */
  giveBack(buffer: Buffer): void {
    this.#free.push(buffer);
  }
}
