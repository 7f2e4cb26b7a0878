/** The right to run one job, or to ask for one. */
export interface SlotLease {
  /** Calling it again does nothing. */
  release(): void;
}

interface Waiter {
  readonly key: string;
  grant(lease: SlotLease): void;
}

/**
 * The agent's `concurrent` slots. A free one goes to the key that has had none for longest, whatever it already holds and however
 * many of its requests wait, so that a busy entry cannot keep the others out.
 */
export class Slots {
  #capacity: number;
  #inUse = 0;
  #waiters: Waiter[] = [];
  readonly #lastGrant = new Map<string, number>();
  #grants = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** May exceed the capacity after it was lowered. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Takes nothing away from who has a slot. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#serve();
  }

  /** Rejects with the signal's reason when that comes first. */
  acquire(key: string, signal: AbortSignal): Promise<SlotLease> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        key,
        grant: (lease) => {
          signal.removeEventListener("abort", onAbort);
          resolve(lease);
        },
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  /** A slot at once, even beyond the capacity: for jobs that run already. */
  take(): SlotLease {
    this.#inUse++;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#inUse--;
        this.#serve();
      },
    };
  }

  #serve(): void {
    while (this.#inUse < this.#capacity && this.#waiters.length > 0) {
      const next = this.#waiters.reduce((best, waiter) => (this.#rank(waiter) < this.#rank(best) ? waiter : best));
      this.#waiters = this.#waiters.filter((waiter) => waiter !== next);
      this.#lastGrant.set(next.key, ++this.#grants);
      next.grant(this.take());
    }
  }

  /** Ties go to who came first: reduce keeps the earlier of equals. */
  #rank(waiter: Waiter): number {
    return this.#lastGrant.get(waiter.key) ?? 0;
  }
}
