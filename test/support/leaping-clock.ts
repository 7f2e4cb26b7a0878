import type { Clock } from "../../src/support/clock.ts";

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Names of what Node waits for that ends by itself, and soon: files, name look-ups, connections. */
const underWay = /Req|ConnectWrap|WriteWrap|ShutdownWrap/;
/** Turns of the event loop without anything under way after which nothing more will come of itself. */
const calmTurns = 3;

/**
 * Time for tests of hours that do real I/O: it stands still while anything is under way, and leaps to the next sleeper
 * when nothing is.
 */
export class LeapingClock implements Clock {
  readonly startedAt = Date.now();
  #time = 0;
  #underWay = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.startedAt + this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  /** How many sleep. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const leave = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        at: this.#time + Math.max(ms, 0),
        wake: () => {
          leave();
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Time stands still until `work` has ended. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await work;
    } finally {
      this.#underWay--;
    }
  }

  /** Lets time pass until then, or until `condition` holds. Resolves to whether it does. */
  async passUntil(at: number, condition: () => boolean = () => false): Promise<boolean> {
    for (;;) {
      await this.#calm();
      if (condition()) return true;
      if (this.#next() > at) break;
      this.#leap();
    }
    this.#time = at;
    return false;
  }

  pass(ms: number, condition?: () => boolean): Promise<boolean> {
    return this.passUntil(this.#time + ms, condition);
  }

  /** Lets time pass as long as `work` needs it. */
  async passUntilDone<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => (isDone = true));
    done.catch(() => {});
    while (!isDone) {
      await this.#calm();
      // What is awaited beside files and calls, the loading of a module for example, is not seen.
      if (!isDone && this.#sleepers.size > 0) this.#leap();
    }
    return done;
  }

  #next(): number {
    return Math.min(...[...this.#sleepers].map((sleeper) => sleeper.at));
  }

  #leap(): void {
    this.#time = Math.max(this.#time, this.#next());
    const due = [...this.#sleepers].filter((sleeper) => sleeper.at <= this.#time);
    for (const sleeper of due) sleeper.wake();
  }

  async #calm(): Promise<void> {
    for (let calm = 0; calm < calmTurns;) {
      await new Promise(setImmediate);
      const isBusy = this.#underWay > 0 || process.getActiveResourcesInfo().some((name) => underWay.test(name));
      calm = isBusy ? 0 : calm + 1;
    }
  }
}
