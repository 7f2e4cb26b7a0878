import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { DaemonSight } from "./sight.ts";

/** Milliseconds. */
export interface WatchTimes {
  /** Between two looks at a daemon. */
  readonly intervalMs: number;
  /** For the answer to one. */
  readonly limitMs: number;
  /** Without a good answer for this long, its jobs are ended. */
  readonly boundMs: number;
  /** How long a job that begins waits for a daemon that can't be used. */
  readonly patienceMs: number;
}

export type BadSight = Exclude<DaemonSight, { kind: "answers" }>;

export interface VigilContext {
  readonly clock: Clock;
  readonly times: WatchTimes;
  readonly stopping: AbortSignal;
  readonly look: (limitMs: number, signal: AbortSignal) => Promise<DaemonSight>;
  /** Each change for the worse or the better; null: it answers again. */
  readonly onChange: (sight: BadSight | null) => void;
}

/** An agent that stood still for a while, or its machine, must not take its own lateness for the daemon's. */
const fewestLooks = 3;
/** Nobody has asked for so long: no entry uses the daemon any more. */
const forgottenAfterMs = 300_000;

interface Watcher {
  readonly since: number;
  readonly onLost: (sight: BadSight, outageMs: number) => void;
}

/**
 * Looks at one daemon from time to time for as long as somebody has a job there, or waits for it to come back. One
 * question for all of them; none while nobody needs to know.
 */
export class DaemonVigil {
  readonly #context: VigilContext;
  readonly #watchers = new Set<Watcher>();
  #bad: BadSight | null = null;
  #goodAt = Number.NEGATIVE_INFINITY;
  #badLooks = 0;
  #wantedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<DaemonSight> | null = null;
  #round: Promise<void> | null = null;
  #wake = new AbortController();

  constructor(context: VigilContext) {
    this.#context = context;
  }

  /** null: it answered last time, or was never asked. The same while it is of one kind: it is told at each change. */
  get bad(): BadSight | null {
    // Whoever wants to know keeps the looks going that find it back.
    this.#wantedAt = this.#context.clock.monotonic();
    if (this.#bad !== null) this.#go();
    return this.#bad;
  }

  /** True while the last look was good and is not older than the next one would be. */
  get isFresh(): boolean {
    const { clock, times } = this.#context;
    return this.#bad === null && clock.monotonic() - this.#goodAt < times.intervalMs;
  }

  /** `onLost` is called once, when the daemon gave no good answer for the bound. */
  watch(onLost: Watcher["onLost"]): Disposable {
    const watcher = { since: this.#context.clock.monotonic(), onLost };
    this.#watchers.add(watcher);
    this.#go();
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size === 0 && this.#bad === null) this.#wake.abort();
      },
    };
  }

  /** Looks now; those who ask at the same moment share the answer. */
  look(): Promise<DaemonSight> {
    const { look, times, stopping } = this.#context;
    this.#looking ??= look(times.limitMs, stopping)
      .catch((error: unknown): DaemonSight => ({ kind: "unreachable", words: messageOf(error), hint: "" }))
      .then((sight) => {
        if (!stopping.aborted) this.#take(sight);
        return sight;
      })
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  /** Resolves when no more looks are under way. */
  async ended(): Promise<void> {
    await Promise.all([this.#round, this.#looking]);
  }

  #take(sight: DaemonSight): void {
    const { clock, onChange } = this.#context;
    const now = clock.monotonic();
    if (sight.kind === "answers") {
      const wasBad = this.#bad !== null;
      this.#bad = null;
      this.#badLooks = 0;
      this.#goodAt = now;
      if (wasBad) onChange(null);
      return;
    }
    const isNew = this.#bad === null;
    // A daemon that is restarted refuses connections now and cuts them then.
    if (this.#bad?.kind !== sight.kind) this.#bad = sight;
    this.#badLooks++;
    if (isNew) {
      this.#wantedAt = now;
      onChange(sight);
    }
    this.#endLost(sight, now);
    this.#go();
  }

  #endLost(sight: BadSight, now: number): void {
    if (this.#badLooks < fewestLooks) return;
    for (const watcher of this.#watchers) {
      const outageMs = now - Math.max(this.#goodAt, watcher.since);
      if (outageMs < this.#context.times.boundMs) continue;
      this.#watchers.delete(watcher);
      watcher.onLost(sight, outageMs);
    }
  }

  #go(): void {
    this.#round ??= this.#goRound().finally(() => {
      this.#round = null;
      // Somebody may have come while it ended.
      if (!this.#context.stopping.aborted && this.#isNeeded()) this.#go();
    });
  }

  async #goRound(): Promise<void> {
    const { clock, times, stopping } = this.#context;
    while (!stopping.aborted && this.#isNeeded()) {
      this.#wake = new AbortController();
      try {
        await clock.sleep(times.intervalMs, AbortSignal.any([stopping, this.#wake.signal]));
      } catch {
        continue;
      }
      if (!this.#isNeeded()) return;
      await orAborted(this.look(), stopping).catch(() => {});
    }
  }

  #isNeeded(): boolean {
    if (this.#watchers.size > 0) return true;
    return this.#bad !== null && this.#context.clock.monotonic() - this.#wantedAt < forgottenAfterMs;
  }
}
