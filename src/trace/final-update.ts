import type { JobUpdate } from "../coordinator/job-api.ts";
import type { Clock } from "../support/clock.ts";
import { BackOff, patienceMs } from "./back-off.ts";
import type { CoordinatorLink } from "./coordinator-link.ts";
import type { TraceSpool } from "./spool.ts";

/** "aborted": the coordinator wants nothing more of this job. "gave-up": it has not answered as it should for long enough. */
export type Delivery = "delivered" | "aborted" | "gave-up";

/** Before asking again when the coordinator named no interval. */
const ownPauseMs = 1000;
/** The least time for a coordinator to check the log; GitLab's own limit is 5 min. */
const leastCheckMs = 600_000;
/** No failed try is further from the next, whatever interval a proxy's answer names. */
const longestPauseMs = 25_000;

export interface FinalUpdateOptions {
  readonly clock: Clock;
  readonly spool: Pick<TraceSpool, "size">;
  readonly finalUpdateRetryLimit: number;
  /** How often the whole log is sent again because the coordinator finds it incomplete; default `finalUpdateRetryLimit`. */
  readonly rejectionLimit?: number;
  /** How long a coordinator that has all of the log may check it, in milliseconds, asked time and again; default 10 min or more. */
  readonly checkLimitMs?: number;
}

/**
 * The rest of the log back to back, then the final state, until the coordinator is satisfied (protocol section 6.4).
 * Failed tries are repeated with pauses of seconds, for as long as GitLab Runner would need for the same number of
 * tries. Rejects only when `signal` aborts.
 */
export async function deliverFinalState(
  link: CoordinatorLink,
  final: Omit<JobUpdate, "output">,
  options: FinalUpdateOptions,
  signal: AbortSignal,
): Promise<Delivery> {
  const { clock, finalUpdateRetryLimit } = options;
  const startedAt = clock.monotonic();
  const backOff = new BackOff();
  link.forgetInterval();
  for (;;) {
    const outcome = await attempt(link, final, options, signal);
    if (outcome !== "failed") return outcome;
    const pause = backOff.next();
    const enough = clock.monotonic() - startedAt >= patienceMs(finalUpdateRetryLimit);
    if (enough && backOff.failures >= finalUpdateRetryLimit) return "gave-up";
    const asked = Math.min(Math.max(link.intervalMs ?? 0, link.askedPauseMs), longestPauseMs);
    await clock.sleep(Math.max(pause, asked), signal);
  }
}

async function attempt(
  link: CoordinatorLink,
  final: Omit<JobUpdate, "output">,
  options: FinalUpdateOptions,
  signal: AbortSignal,
): Promise<Delivery | "failed"> {
  const { clock, spool, finalUpdateRetryLimit, rejectionLimit = finalUpdateRetryLimit } = options;
  const { checkLimitMs = Math.max(patienceMs(finalUpdateRetryLimit), leastCheckMs) } = options;
  const startedAt = clock.monotonic();
  const pause = () => clock.sleep(link.intervalMs ?? ownPauseMs, signal);
  for (let rejections = 0; ;) {
    if ((await sendRest(link, spool, pause, signal)) === "failed") return "failed";
    const outcome = await link.update(final, signal);
    switch (outcome) {
      case "accepted":
        return "delivered";
      case "aborted":
      case "failed":
        return outcome;
      case "not-completed":
        if (clock.monotonic() - startedAt >= checkLimitMs) return "gave-up";
        break;
      case "trace-rejected":
        // The log stays as it is: the coordinator refused the rest of it.
        if (link.aborted) return "aborted";
        if (++rejections >= rejectionLimit) return "gave-up";
        link.rewind();
        break;
    }
    await pause();
  }
}

/** A coordinator that wants no more of the log may still want the final state. */
async function sendRest(
  link: CoordinatorLink,
  spool: Pick<TraceSpool, "size">,
  pause: () => Promise<void>,
  signal: AbortSignal,
): Promise<"done" | "failed"> {
  let moves = 0;
  while (!link.aborted && spool.size > link.offset) {
    const outcome = await link.patch(signal);
    if (outcome === "failed") return "failed";
    if (outcome === "not-found") return "done";
    if (outcome === "moved" && ++moves > 1) await pause();
  }
  return "done";
}
