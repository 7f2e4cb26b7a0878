import type { Clock } from "../support/clock.ts";
import { EntryPoller } from "./entry-poller.ts";
import type { EntryPollerContext } from "./entry-poller-context.ts";
import { JobNumbering, type JobNumbers } from "./job-numbers.ts";
import type { Turn } from "./pace.ts";
import type { EntryStatus, HandedOutJob, PollEntry, PollerObserver, PollerWork } from "./poll-entry.ts";
import { Slots, type SlotLease } from "./slots.ts";

export interface PollerSettings<E extends PollEntry> {
  /** Most jobs at a time; at least 1. */
  readonly concurrent: number;
  readonly checkIntervalMs: number;
  readonly entries: readonly E[];
}

export interface PollerOptions<E extends PollEntry> {
  readonly work: PollerWork<E>;
  readonly observer: PollerObserver<E>;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter; default Math.random. */
  readonly random?: () => number;
}

export interface PollerStatus {
  readonly concurrent: number;
  /** Slots held by jobs and by questions. */
  readonly slotsInUse: number;
  readonly jobs: number;
  readonly entries: readonly EntryStatus[];
}

/**
 * Asks for jobs and dispatches them (protocol section 4). Each [[runners]] entry asks on its own; what they share are
 * the `concurrent` slots.
 *
 * A question holds a slot. A job that arrives must have a place to run: once it is handed out, no other runner can
 * take it. Giving up a question because the slots ran out meanwhile would be no way out, for the answer on its way may
 * be a job, which would then be lost until the coordinator's own timeout. So: slot first, and a question is only given up when
 * the agent stops.
 *
 * The price is that a question which the coordinator holds (50 s with long polling) keeps a slot from the others. It
 * holds only requests that say what they saw last, so a question can be made short by not saying it. Questions are short while
 * slots are scarce: while those without a job are fewer than twice what all entries together could have in flight. Then the
 * entries take turns, `Slots` deciding by who had none for longest, and each comes round in `check_interval`. With
 * twice as many, all entries can be held and as many slots are left for those that find work. What remains: a burst for one
 * entry, right after quiet, leaves the slots of the other entries' last held questions unused until these come back.
 * A single entry has nobody to keep out and is always held.
 */
export class Poller<E extends PollEntry> {
  readonly #options: PollerOptions<E>;
  readonly #slots: Slots;
  readonly #numbering = new JobNumbering();
  readonly #entries = new Map<string, EntryPoller<E>>();
  /** Gone from the configuration, with questions still in flight. */
  readonly #retiring = new Set<EntryPoller<E>>();
  readonly #jobs = new Set<Promise<void>>();
  readonly #forced = new AbortController();
  readonly #startedAt: number;
  #checkIntervalMs: number;
  #stopping = false;

  /** Begins to ask at once. */
  constructor(settings: PollerSettings<E>, options: PollerOptions<E>) {
    this.#options = options;
    this.#slots = new Slots(settings.concurrent);
    this.#startedAt = options.clock.monotonic();
    this.#checkIntervalMs = settings.checkIntervalMs;
    this.reload(settings);
  }

  /**
   * Entries are told apart by key: new ones begin, changed ones go on with the new settings, and those that are gone
   * ask no more. Running jobs keep what they started with. Health and back-off of all begin anew.
   */
  reload(settings: PollerSettings<E>): void {
    if (this.#stopping) return;
    this.#checkIntervalMs = settings.checkIntervalMs;
    const keys = new Set(settings.entries.map((entry) => entry.key));
    for (const [key, poller] of this.#entries) {
      if (keys.has(key)) continue;
      this.#entries.delete(key);
      this.#retiring.add(poller);
      void poller.retire().then(() => this.#retiring.delete(poller));
    }
    // Before the entries: how scarce slots are decides how a new one asks.
    this.#slots.resize(settings.concurrent);
    for (const entry of settings.entries) {
      const known = this.#entries.get(entry.key);
      if (known === undefined) this.#entries.set(entry.key, new EntryPoller(entry, this.#context()));
      else known.update(entry);
    }
  }

  /** Gives a job that has run since before a restart its place, with the numbers it had. It counts from now on, even beyond the limits. */
  adopt(key: string, projectId: number, numbers: JobNumbers, run: (signal: AbortSignal) => Promise<void>): void {
    const lease = this.#slots.take();
    const taken = this.#numbering.take(key, projectId, numbers);
    this.#track(Promise.try(run, this.#forced.signal), lease, taken, () => {});
  }

  /**
   * Asks no more and resolves when the last job has ended. "graceful" leaves the jobs alone, "forced" aborts their signal; the
   * second may follow the first. Both give up the questions in flight.
   */
  async stop(mode: "graceful" | "forced"): Promise<void> {
    this.#stopping = true;
    if (mode === "forced") this.#forced.abort(new Error("the agent stops"));
    await Promise.all([...this.#entries.values(), ...this.#retiring].map((poller) => poller.stop()));
    // Not before: a last answer may have been a job.
    await Promise.all(this.#jobs);
  }

  status(): PollerStatus {
    return {
      concurrent: this.#slots.capacity,
      slotsInUse: this.#slots.inUse,
      jobs: this.#jobs.size,
      entries: [...this.#entries.values()].map((poller) => poller.status()),
    };
  }

  #context(): EntryPollerContext<E> {
    const { clock, observer, random = Math.random, work } = this.#options;
    return {
      clock,
      random,
      observer,
      slots: this.#slots,
      checkIntervalMs: () => this.#checkIntervalMs,
      turn: (key) => this.#turn(key),
      running: (key) => this.#numbering.running(key),
      mayHold: () => this.#mayHold(),
      requestJob: (entry, longPoll, signal) => work.requestJob(entry, longPoll, signal),
      run: (entry, job, lease) => this.#run(entry, job, lease),
    };
  }

  #turn(key: string): Turn | null {
    const position = [...this.#entries.keys()].indexOf(key);
    if (this.#entries.size < 2 || position === -1) return null;
    return { origin: this.#startedAt, share: position / this.#entries.size };
  }

  #mayHold(): boolean {
    const wanted = [...this.#entries.values()].map((poller) => poller.wanted()).filter((requests) => requests > 0);
    if (wanted.length <= 1) return true;
    const withoutJob = this.#slots.capacity - this.#jobs.size;
    return withoutJob >= 2 * wanted.reduce((sum, requests) => sum + requests, 0);
  }

  #run(entry: E, job: HandedOutJob, lease: SlotLease): void {
    const projectId = job.kind === "job" ? job.job.job_info.project_id : 0;
    const taken = this.#numbering.take(entry.key, projectId);
    const { runner: runnerNumber, project: projectNumber } = taken.numbers;
    const slot = { runnerNumber, projectNumber, signal: this.#forced.signal };
    const { observer, work } = this.#options;
    const running = Promise.try(() => work.dispatch(entry, job, slot));
    this.#track(running, lease, taken, (error) => observer.broke(entry, error));
  }

  #track(job: Promise<void>, lease: SlotLease, numbers: { release(): void }, onBroken: (error: unknown) => void): void {
    const ended = job.catch(onBroken).then(() => {
      this.#jobs.delete(ended);
      numbers.release();
      lease.release();
      for (const poller of this.#entries.values()) poller.wake();
    });
    this.#jobs.add(ended);
  }
}
