/** Longest wait after failures: a coordinator that comes back finds the agent within seconds, never minutes. */
const longestBackoffMs = 15_000;

/** After the n-th failure in a row: 1 s, doubled up to 15 s, moved by up to a fifth so that agents don't come in step. */
export function failureBackoffMs(failures: number, random: number): number {
  const doubled = Math.min(1000 * 2 ** (failures - 1), longestBackoffMs);
  return Math.round(doubled * (0.8 + random * 0.2));
}

/** Least pause after an empty answer that took long: a slow coordinator is not asked back to back. */
const shortestPauseMs = 100;

/** `check_interval` counts from one question to the next, so a long poll that came back empty is repeated almost at once. */
export function emptyPauseMs(checkIntervalMs: number, tookMs: number): number {
  return Math.max(checkIntervalMs - tookMs, Math.min(shortestPauseMs, checkIntervalMs));
}

/** FF_USE_ADAPTIVE_REQUEST_CONCURRENCY (protocol section 4.4): what a request came to. */
export type RequestOutcome = "job" | "none" | "slow-down";

const factors: Readonly<Record<RequestOutcome, number>> = { job: 1.1, none: 0.95, "slow-down": 0.5 };

/** The adaptive limit after a request; it starts at 0 and is between 1 and `limit` from then on. */
export function adaptedConcurrency(current: number, outcome: RequestOutcome, limit: number): number {
  return Math.min(Math.max(1, current * factors[outcome]), limit);
}

/** How many requests may be in flight at an adaptive limit of `current`. */
export function usableRequests(current: number, limit: number): number {
  return Math.min(Math.max(1, Math.ceil(current)), limit);
}
