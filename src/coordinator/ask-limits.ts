import type { ApiReply } from "./connection.ts";
import type { HttpLimits } from "./http.ts";
import { isRetriable } from "./retry-schedule.ts";

/** Workhorse holds a question for 50 s unless it is told otherwise. */
const firstHeldMs = 90_000;
/** As the reference client's for any call. */
const longestHeldMs = 10 * 60_000;
/** Answered at once, or something is wrong: a question that nobody holds back does not keep its slot for minutes. */
const shortHeaderMs = 2 * 60_000;
/** For a failure that took longer, somebody was waited for who did not answer. */
const silentAfterMs = 5_000;
/** In these the next question is over, and asked again, within 30 s of the coordinator's return. Some after it may take longer. */
const silentLimits = { connectMs: 10_000, tlsMs: 10_000, headerMs: 20_000 };
/** For the description of a job, from its first byte. */
const bodyMs = 60_000;
const bodyIdleMs = 20_000;

/**
 * How long a question for a job waits for its answer. A coordinator that went silent and came back does not know of the
 * questions of before; they only end by these limits, and no other is asked meanwhile. So after a failure questions are
 * such as need not be held, and after silence they are given up soon. A coordinator that is there and slow would never
 * be heard so, and might hand out a job to each question: where silence lasts, every other question is given twice as
 * long as the last such one. Where the coordinator holds questions for longer than expected, the limit finds that out:
 * it is doubled by each held question that went unanswered.
 */
export class AskLimits {
  #heldMs = firstHeldMs;
  #longestSeenMs = 0;
  #failed = false;
  /** Silent failures in a row. */
  #silences = 0;

  /** Whether the coordinator may hold the next question. */
  get mayHold(): boolean {
    return !this.#failed;
  }

  of(held: boolean): Partial<HttpLimits> {
    const unanswered = this.#silences > 0 ? this.#afterSilence() : { headerMs: held ? this.#heldMs : shortHeaderMs };
    return { ...unanswered, bodyIdleMs, wholeMs: unanswered.headerMs + bodyMs };
  }

  /** 20, 20, 40, 20, 80, 20, 120, 20, 120 ... s for an answer's headers. */
  #afterSilence(): typeof silentLimits {
    const doublings = this.#silences % 2 === 0 ? 0 : (this.#silences - 1) / 2;
    return { ...silentLimits, headerMs: Math.min(silentLimits.headerMs * 2 ** doublings, shortHeaderMs) };
  }

  /** What became of a question that took so many milliseconds. */
  learn(held: boolean, reply: ApiReply, tookMs: number): void {
    this.#failed = reply.kind !== "answer" || isRetriable(reply.status);
    const isSilent = this.#failed && tookMs >= silentAfterMs;
    this.#silences = isSilent ? this.#silences + 1 : 0;
    if (!held) return;
    if (isSilent) this.#heldMs = Math.min(this.#heldMs * 2, longestHeldMs);
    if (this.#failed) return;
    this.#longestSeenMs = Math.max(this.#longestSeenMs, tookMs);
    this.#heldMs = Math.min(Math.max(firstHeldMs, this.#longestSeenMs * 2), longestHeldMs);
  }
}
