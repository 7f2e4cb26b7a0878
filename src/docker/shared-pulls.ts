import { orAborted } from "../support/or-aborted.ts";
import type { Engine } from "./engine.ts";

interface Pull {
  readonly done: Promise<void>;
  readonly stop: AbortController;
  waiting: number;
}

const ofEngine = new WeakMap<Engine, SharedPulls>();

/** Those of a daemon, whichever jobs they are for. */
export function sharedPulls(engine: Engine): SharedPulls {
  let pulls = ofEngine.get(engine);
  if (pulls === undefined) ofEngine.set(engine, (pulls = new SharedPulls()));
  return pulls;
}

/** The pulls under way: who wants the same waits for the same, and the last who gives up ends it. */
export class SharedPulls {
  readonly #underWay = new Map<string, Pull>();

  /** True when somebody waits for it already. @param key all that makes the outcome: image, platform, login */
  has(key: string): boolean {
    return this.#underWay.has(key);
  }

  /** Rejects with the pull's error, for all who wait; with the signal at once, for this one alone. */
  async join(key: string, begin: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const pull = this.#underWay.get(key) ?? this.#begin(key, begin);
    pull.waiting += 1;
    try {
      await orAborted(pull.done, signal);
    } finally {
      pull.waiting -= 1;
      if (pull.waiting === 0) {
        this.#forget(key, pull);
        pull.stop.abort(new Error("nobody waits for the image any more"));
      }
    }
  }

  #begin(key: string, begin: (signal: AbortSignal) => Promise<void>): Pull {
    const stop = new AbortController();
    const done = begin(stop.signal).finally(() => this.#forget(key, pull));
    done.catch(() => {});
    const pull: Pull = { done, stop, waiting: 0 };
    this.#underWay.set(key, pull);
    return pull;
  }

  /** Who comes after its end asks the registry anew. */
  #forget(key: string, pull: Pull): void {
    if (this.#underWay.get(key) === pull) this.#underWay.delete(key);
  }
}
