import type { JobContext } from "./job-context.ts";

/** FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY, and without it. */
const patient = { firstMs: 5_000, longestMs: 300_000 };
const quick = { firstMs: 1_000, longestMs: 5_000 };

/** Waits before a stage is tried again (GET_SOURCES_ATTEMPTS and the like). @param attempt the one that failed, from 1 */
export async function pauseBeforeRetry(
  context: Pick<JobContext, "plan" | "control" | "clock" | "spans">,
  attempt: number,
): Promise<void> {
  const { firstMs, longestMs } = context.plan.attempts.backOff ? patient : quick;
  const pause = Math.min(firstMs * 2 ** (attempt - 1), longestMs);
  await context.spans.phase("retry_pause", () => context.clock.sleep(pause, context.control.job));
}
