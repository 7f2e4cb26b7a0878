import type { JobUpdate } from "../coordinator/job-api.ts";
import type { Clock } from "../support/clock.ts";
import { BackOff, patienceMs } from "./back-off.ts";
import type { CoordinatorLink } from "./coordinator-link.ts";
import type { TraceSpool } from "./spool.ts";

/** "aborted": the coordinator wants nothing more of this job. "gave-up": it never answered as it should. */
export type Delivery = "delivered" | "aborted" | "gave-up";

/** Before asking again when the coordinator named no interval. */
const ownPauseMs = 1000;
/** A coordinator that still checks the log after this long never will be done. */
const longestCheckMs = 3_600_000;

export interface FinalUpdateOptions {
  readonly clock: Clock;
  readonly spool: Pick<TraceSpool, "size">;
  readonly finalUpdateRetryLimit: number;
  readonly onProblem: (message: string) => void;
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
    await clock.sleep(Math.max(pause, link.intervalMs ?? 0), signal);
  }
}

async function attempt(
  link: CoordinatorLink,
  final: Omit<JobUpdate, "output">,
  { clock, spool, finalUpdateRetryLimit, onProblem }: FinalUpdateOptions,
  signal: AbortSignal,
): Promise<Delivery | "failed"> {
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
        if (clock.monotonic() - startedAt > longestCheckMs) return "gave-up";
        break;
      case "trace-rejected":
        // The log stays as it is: the coordinator refused the rest of it.
        if (link.aborted) return "aborted";
        onProblem("the coordinator found the log incomplete (412); all of it is sent again");
        if (++rejections >= finalUpdateRetryLimit) return "gave-up";
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
