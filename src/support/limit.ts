/** `setTimeout` fires at once above 2^31-1. */
const longestTimeout = 2_147_483_647;

/** Does what has to be done within so many milliseconds. */
export async function withLimit<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  using limit = new Limit(ms);
  return await work(limit.signal);
}

/**
 * A signal that aborts after so long, or with `parent`; it keeps no process alive. Its owner takes it back (`using`):
 * what AbortSignal.timeout makes can't be, and Node keeps it until its time is over, long after what it was for.
 */
export class Limit implements Disposable {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param ms milliseconds; fractions and weeks included */
  constructor(ms: number, parent: AbortSignal | null = null) {
    this.signal = parent === null ? this.#own.signal : AbortSignal.any([parent, this.#own.signal]);
    const over = () => this.#own.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    this.#timer = setTimeout(over, Math.min(Math.max(Math.ceil(ms), 0), longestTimeout)).unref();
  }

  /** The time is over; not: the parent has aborted. */
  get isOver(): boolean {
    return this.#own.signal.aborted;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
