import { messageOf } from "../support/errors.ts";
import type { EntryPollerContext } from "./entry-poller-context.ts";
import { afterAnswer, afterForcedCheck, healthy, mayAskAt } from "./health.ts";
import type { JobRequestAnswer } from "./job-request.ts";
import {
  adaptedConcurrency,
  failureBackoffMs,
  heededMs,
  nextAskAt,
  shortestFailurePauseMs,
  usableRequests,
} from "./pace.ts";
import type { EntryState, EntryStatus, PollEntry } from "./poll-entry.ts";
import type { SlotLease } from "./slots.ts";

/** An obstacle that went away is seen this much later at most. */
const obstacleCheckMs = 2_000;

/**
 * The asking of one [[runners]] entry: as many lanes as requests may be in flight. A lane goes round: obstacles, slot,
 * question, answer. What keeps a lane from asking is looked at again whenever anything changes (`wake`).
 */
export class EntryPoller<E extends PollEntry> {
  entry: E;
  readonly #context: EntryPollerContext<E>;
  readonly #lanes = new Map<number, EntryState>();
  /** Ends waiting; a question in flight is answered first, because its answer may be a job. */
  readonly #retired = new AbortController();
  /** Ends questions too. */
  readonly #stopped = new AbortController();
  #wake = new AbortController();
  #asking = 0;
  #health = healthy;
  #failures = 0;
  #backoffUntil = 0;
  #adaptive = 0;
  #lastAnswer: EntryStatus["lastAnswer"] = null;
  #obstructedBy: string | null = null;
  readonly #done: Promise<void>[] = [];

  constructor(entry: E, context: EntryPollerContext<E>) {
    this.entry = entry;
    this.#context = context;
    this.#openLanes();
  }

  /** Settings apply from the next question on; health and back-off begin anew. */
  update(entry: E): void {
    this.entry = entry;
    this.#health = healthy;
    this.#failures = 0;
    this.#backoffUntil = 0;
    this.#openLanes();
    this.wake();
  }

  /** Something changed that a lane may be waiting for. */
  wake(): void {
    const before = this.#wake;
    this.#wake = new AbortController();
    before.abort();
  }

  /** Asks no more; resolves when the last answer is in. */
  async retire(): Promise<void> {
    this.#retired.abort();
    this.wake();
    await Promise.all(this.#done);
  }

  /** As `retire`, but questions in flight are given up. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error("the agent stops"));
    await this.retire();
  }

  /** Requests that this entry would have in flight now if there were slots for all. */
  wanted(): number {
    const { entry } = this;
    const isUnhealthy = this.#context.clock.monotonic() < mayAskAt(this.#health, entry.health);
    if (this.#retired.signal.aborted || isUnhealthy || this.#isObstructed()) return 0;
    const left = entry.limit > 0 ? entry.limit - this.#context.running(entry.key) : Infinity;
    return Math.max(0, Math.min(this.#usable(), left));
  }

  status(): EntryStatus {
    const { key, name, requestConcurrency } = this.entry;
    return {
      name,
      state: this.#retired.signal.aborted ? "stopped" : (this.#lanes.get(0) ?? "stopped"),
      running: this.#context.running(key),
      asking: this.#asking,
      hardLimit: requestConcurrency,
      adaptiveLimit: this.#adaptive,
      usedLimit: this.#usable(),
      failures: Math.max(this.#failures, this.#health.failures),
      lastAnswer: this.#lastAnswer,
    };
  }

  #usable(): number {
    const { adaptiveConcurrency, requestConcurrency } = this.entry;
    return adaptiveConcurrency ? usableRequests(this.#adaptive, requestConcurrency) : requestConcurrency;
  }

  #openLanes(): void {
    for (let lane = 0; lane < this.entry.requestConcurrency; lane++) {
      if (!this.#lanes.has(lane)) this.#done.push(this.#lane(lane));
    }
  }

  async #lane(lane: number): Promise<void> {
    let notBefore = 0;
    while (!this.#retired.signal.aborted) {
      const obstacle = this.#obstacle(lane, notBefore);
      if (obstacle !== null) {
        await this.#pause(lane, obstacle);
        continue;
      }
      const lease = await this.#slot(lane);
      if (lease === null) continue;
      if (this.#obstacle(lane, notBefore) !== null) {
        lease.release();
        continue;
      }
      notBefore = await this.#ask(lane, lease);
      this.wake();
    }
    this.#lanes.delete(lane);
  }

  #obstacle(lane: number, notBefore: number): { readonly state: EntryState; readonly ms: number } | null {
    const { entry } = this;
    const now = this.#context.clock.monotonic();
    const unhealthyMs = mayAskAt(this.#health, entry.health) - now;
    if (unhealthyMs > 0) return { state: "unhealthy", ms: unhealthyMs };
    if (this.#backoffUntil > now) return { state: "backing off", ms: this.#backoffUntil - now };
    if (notBefore > now) return { state: "pausing", ms: notBefore - now };
    if (lane >= this.#usable()) return { state: "pausing", ms: Infinity };
    if (this.#isObstructed()) return { state: "obstructed", ms: obstacleCheckMs };
    const used = this.#context.running(entry.key) + this.#asking;
    return entry.limit > 0 && used >= entry.limit ? { state: "at its limit", ms: Infinity } : null;
  }

  #isObstructed(): boolean {
    const reason = this.entry.obstacle?.() ?? null;
    if (reason !== this.#obstructedBy) this.#context.observer.obstructed(this.entry, reason);
    this.#obstructedBy = reason;
    return reason !== null;
  }

  async #pause(lane: number, { state, ms }: { readonly state: EntryState; readonly ms: number }): Promise<void> {
    this.#lanes.set(lane, state);
    try {
      await this.#context.clock.sleep(ms, this.#wake.signal);
    } catch {
      // Woken: the obstacles are looked at again.
    }
  }

  async #slot(lane: number): Promise<SlotLease | null> {
    this.#lanes.set(lane, "waiting for a slot");
    try {
      return await this.#context.slots.acquire(this.entry.key, this.#retired.signal);
    } catch {
      return null;
    }
  }

  /** Returns when the lane may ask again, by the monotonic clock: one that is set back must not make it wait for hours. */
  async #ask(lane: number, lease: SlotLease): Promise<number> {
    const { clock, observer } = this.#context;
    const started = clock.monotonic();
    if (this.#health.disabledAt !== null) {
      this.#health = afterForcedCheck(this.#health);
      observer.checkForced(this.entry);
    }
    this.#lanes.set(lane, "asking");
    this.#asking++;
    observer.asked(this.entry);
    let answer: JobRequestAnswer;
    try {
      answer = await this.#context.requestJob(this.entry, this.#context.mayHold(), this.#stopped.signal);
    } catch (error) {
      lease.release();
      if (!this.#stopped.signal.aborted) this.#broken(error);
      return 0;
    } finally {
      this.#asking--;
    }
    return this.#take(answer, lease, started);
  }

  #broken(error: unknown): void {
    const { clock, observer } = this.#context;
    observer.broke(this.entry, error);
    this.#lastAnswer = { kind: "failed", reason: messageOf(error), at: clock.now() };
    this.#backOff(clock.monotonic(), 0);
  }

  #take(answer: JobRequestAnswer, lease: SlotLease, started: number): number {
    const { clock, observer } = this.#context;
    const { entry } = this;
    const now = clock.monotonic();
    this.#lastAnswer = { kind: answer.kind, reason: "reason" in answer ? answer.reason : "", at: clock.now() };
    const isJob = answer.kind === "job" || answer.kind === "malformed";
    // Before anything else can go wrong: the coordinator believes the job to be with us.
    if (isJob) this.#context.run(entry, answer, lease);
    else lease.release();
    observer.answered(entry, answer);
    const outcome = answer.retried ? "slow-down" : isJob ? "job" : "none";
    this.#adaptive = adaptedConcurrency(this.#adaptive, outcome, entry.requestConcurrency);
    this.#checkHealth(answer.kind !== "forbidden" && answer.kind !== "client-error");
    // 409: another runner was quicker to a job. That happens between healthy parties.
    if (answer.kind === "unavailable" || (answer.kind === "failed" && answer.status !== 409)) {
      this.#backOff(started, answer.retryAfterMs ?? 0);
      return now;
    }
    this.#failures = 0;
    if (isJob && !entry.strictCheckInterval) return now;
    return nextAskAt(isJob ? now : started, now, this.#context.checkIntervalMs(), this.#context.turn(entry.key));
  }

  #checkHealth(good: boolean): void {
    const { clock, observer } = this.#context;
    this.#health = afterAnswer(this.#health, good, this.entry.health, clock.monotonic());
    if (!good) observer.healthCheckFailed(this.entry);
    if (this.#health.disabledAt === null) return;
    const restMs = mayAskAt(this.#health, this.entry.health) - clock.monotonic();
    observer.becameUnhealthy(this.entry, clock.now() + restMs);
  }

  /** From one question to the next, as `check_interval` is counted: one that hung has been pause enough. */
  #backOff(askedAt: number, askedForMs: number): void {
    const { clock, random, checkIntervalMs } = this.#context;
    this.#failures++;
    const now = clock.monotonic();
    const ms = Math.max(failureBackoffMs(this.#failures, random()), checkIntervalMs());
    this.#backoffUntil = Math.max(askedAt + ms, now + heededMs(askedForMs), now + shortestFailurePauseMs);
  }
}
