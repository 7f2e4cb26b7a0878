import type { JobContext } from "./job-context.ts";

const firstPauseMs = 5_000;
const longestPauseMs = 300_000;

/** The pause after a stage's failed try, longer with each; none without FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY. */
export async function pauseBeforeRetry(
  { plan, control, clock, spans }: Pick<JobContext, "plan" | "control" | "clock" | "spans">,
  attempt: number,
): Promise<void> {
  if (!plan.attempts.backOff) return;
  const pause = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
  await spans.phase("retry_pause", () => clock.sleep(pause, control.job));
}
