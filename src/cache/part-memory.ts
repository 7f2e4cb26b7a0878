interface Waiting {
  readonly bytes: number;
  readonly resume: () => void;
}

/** What all uploads of the agent may hold in memory at once; who comes first is served first. */
export class PartMemory {
  #free: number;
  readonly #limit: number;
  readonly #waiting: Waiting[] = [];

  constructor(bytes: number) {
    this.#free = bytes;
    this.#limit = bytes;
  }

  /** Waits for so many bytes; those that are more than there are at all wait for all. Rejects with the signal's reason. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const wanted = Math.min(bytes, this.#limit);
    if (this.#waiting.length === 0 && this.#free >= wanted) {
      this.#free -= wanted;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        bytes: wanted,
        resume: () => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason as Error);
        this.#serve();
      };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  giveBack(bytes: number): void {
    this.#free += Math.min(bytes, this.#limit);
    this.#serve();
  }

  #serve(): void {
    for (let first = this.#waiting[0]; first !== undefined && first.bytes <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= first.bytes;
      first.resume();
    }
  }
}
