import { availableParallelism } from "node:os";

/** Node has four threads beside the event loop, and the files of every job wait for the same ones. */
const THREADS = 3;

/** So much work at a time, the rest in the order in which it came. */
export class CompressionSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

/** Those of all jobs together: more threads than cores pack no faster. */
export const compressionSlots = new CompressionSlots(Math.min(availableParallelism(), THREADS));
