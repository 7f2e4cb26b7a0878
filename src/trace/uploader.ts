import { type JobUpdate, runningUpdate } from "../coordinator/job-api.ts";
import { BackOff } from "./back-off.ts";
import { withChildSignal } from "./child-signal.ts";
import type { LinkOptions } from "./coordinator-link.ts";
import { CoordinatorLink } from "./coordinator-link.ts";
import type { Delivery } from "./final-update.ts";
import { deliverFinalState } from "./final-update.ts";
import { longestPatchBytes } from "./patch-buffers.ts";
import type { TraceSpool } from "./spool.ts";

/** After a pause: time for the rest of a heading to come, far below what a reader notices. */
const gatherMs = 20;
/** Between two PATCHes when the coordinator asked for nothing and less than a full one waits. */
const ownDistanceMs = 100;
/** Without contact for longer, the job is touched: that is how a silent job learns that it was cancelled. */
const touchAfterMs = 30_000;

export interface UploaderOptions extends LinkOptions {
  readonly spool: TraceSpool;
  /** Longest time without contact; 30 s (GitLab Runner's) by default. */
  readonly touchAfterMs?: number;
  /** `job_status_final_update_retry_limit`; GitLab Runner's default is 10. */
  readonly finalUpdateRetryLimit: number;
  /** These two: see `FinalUpdateOptions`. */
  readonly rejectionLimit?: number;
  readonly checkLimitMs?: number;
}

/**
 * Brings a job's log to the coordinator while it grows, and the job's state at the end (protocol sections 6.3, 6.4).
 *
 * States, and what ends each:
 * - created: nothing is sent. `start` -> resting.
 * - resting: the coordinator has all there is. Bytes in the spool -> due after 20 ms; 30 s without contact, or the
 *   interval that was asked for if that is longer -> touching.
 * - due: bytes wait until the PATCH may start: not before the interval after the last one's start; without an
 *   interval 100 ms, or at once when 1 MiB waits. -> sending.
 * - sending: one PATCH in flight, more collects. 202 -> resting or due; 416 -> due, from the size that was named;
 *   anything else -> backing off.
 * - touching: PUT state=running in flight. -> resting, or backing off.
 * - backing off: 1, 2, 4, 8, 15, 15 ... s, never less than the interval or a pause that was asked for; then due, with
 *   the same bytes.
 * - aborted: Job-Status canceled/failed, 403, or 404 to a PUT, in any of the states above. Nothing more is sent until `finish`.
 * - finishing: `finish` waits for a call in flight, then sends the rest and the final state (final-update.ts). -> ended.
 * - ended: by `finish` or `stop`.
 *
 * Job-Status canceling changes no state: the log goes on. Both are told once, cancel never after abort.
 */
export class TraceUploader {
  readonly #options: UploaderOptions;
  readonly #link: CoordinatorLink;
  /** Ends the waits between calls. */
  readonly #waits = new AbortController();
  /** Ends calls in flight too. */
  readonly #calls = new AbortController();
  readonly #backOff = new BackOff();
  #loop: Promise<void> | null = null;
  /** Earliest start of the next PATCH, and of anything after a failure. */
  #patchNotBefore = 0;
  #retryNotBefore = 0;
  /** The last PATCH was answered by 416. */
  #moved = false;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#link = new CoordinatorLink(options);
  }

  /** Bytes of the log that the coordinator has. */
  get acknowledged(): number {
    return this.#link.offset;
  }

  /** After "gave-up": the coordinator is there and doesn't take the job's end, or the log can't be read. */
  get refused(): boolean {
    return this.#link.refused;
  }

  /** After "gave-up": the coordinator has all of the log and has not checked it yet. */
  get checking(): boolean {
    return this.#link.checking;
  }

  start(): void {
    this.#loop ??= this.#run();
    // Only a callback can make it reject; `finish` and `stop` pass that on.
    this.#loop.catch(() => undefined);
  }

  /**
   * Sends all that is left and the final state. "gave-up" leaves the journal to the next start of the agent: the
   * tries are used up, or `signal` aborted.
   * @throws AgentError TRACE_SPOOL when the log on disk can't be completed or read.
   */
  async finish(final: Omit<JobUpdate, "output">, { signal }: { readonly signal: AbortSignal }): Promise<Delivery> {
    this.#waits.abort(new Error("the job has ended"));
    const forward = () => this.#calls.abort(signal.reason);
    if (signal.aborted) forward();
    signal.addEventListener("abort", forward, { once: true });
    try {
      await this.#loop;
      await this.#options.spool.drain();
      return await deliverFinalState(this.#link, final, this.#options, this.#calls.signal);
    } catch (error) {
      if (this.#calls.signal.aborted) return "gave-up";
      throw error;
    } finally {
      signal.removeEventListener("abort", forward);
    }
  }

  /** Ends without a final state; a call in flight is dropped. */
  async stop(): Promise<void> {
    this.#waits.abort(new Error("the upload was stopped"));
    this.#calls.abort(new Error("the upload was stopped"));
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#link.aborted && !this.#waits.signal.aborted) {
      try {
        const due = await this.#nextDue();
        await (due === "patch" ? this.#patch() : this.#touch());
      } catch (error) {
        if (!this.#waits.signal.aborted && !this.#calls.signal.aborted) throw error;
      }
    }
  }

  async #nextDue(): Promise<"patch" | "touch"> {
    const { spool, clock } = this.#options;
    for (;;) {
      const now = clock.monotonic();
      if (spool.size > this.#link.offset) {
        const full = this.#link.offset + longestPatchBytes;
        const early = this.#link.intervalMs === null && spool.size >= full;
        const startAt = early ? this.#retryNotBefore : Math.max(this.#patchNotBefore, this.#retryNotBefore);
        if (now >= startAt) return "patch";
        const mayBeEarlier = this.#link.intervalMs === null && !early;
        await this.#waitForBytes(mayBeEarlier ? full - 1 : Infinity, startAt - now);
      } else {
        const idleSince =
          this.#link.lastContactAt + Math.max(this.#options.touchAfterMs ?? touchAfterMs, this.#link.intervalMs ?? 0);
        const touchAt = Math.max(idleSince, this.#retryNotBefore);
        if (now >= touchAt) return "touch";
        await this.#waitForBytes(this.#link.offset, touchAt - now);
        this.#patchNotBefore = Math.max(this.#patchNotBefore, clock.monotonic() + gatherMs);
      }
    }
  }

  /** Until there are bytes beyond `offset`, or `ms` have passed. */
  #waitForBytes(offset: number, ms: number): Promise<void> {
    const { spool, clock } = this.#options;
    return withChildSignal(this.#waits.signal, ({ signal }) =>
      Promise.race([spool.waitForMore(offset, signal), clock.sleep(ms, signal)]),
    );
  }

  async #patch(): Promise<void> {
    const startedAt = this.#options.clock.monotonic();
    const outcome = await this.#link.patch(this.#calls.signal);
    this.#patchNotBefore = startedAt + (this.#link.intervalMs ?? ownDistanceMs);
    // Two answers of 416 in a row: the coordinator does not know what it wants; don't run in circles.
    const circling = outcome === "moved" && this.#moved;
    this.#moved = outcome === "moved";
    if (outcome === "sent" || (outcome === "moved" && !circling)) this.#backOff.reset();
    else this.#failed();
  }

  async #touch(): Promise<void> {
    const outcome = await this.#link.update(runningUpdate, this.#calls.signal);
    if (outcome === "failed") this.#failed();
    else this.#backOff.reset();
  }

  #failed(): void {
    const pause = Math.max(this.#backOff.next(), this.#link.intervalMs ?? 0, this.#link.askedPauseMs);
    this.#retryNotBefore = this.#options.clock.monotonic() + pause;
  }
}
