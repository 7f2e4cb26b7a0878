/** Longest wait after failures: a coordinator that comes back finds the agent within seconds, never minutes. */
const longestBackoffMs = 15_000;

/** After the n-th failure in a row: 1 s, doubled up to 15 s, moved by up to a fifth so that agents don't come in step. */
export function failureBackoffMs(failures: number, random: number): number {
  const doubled = Math.min(1000 * 2 ** (failures - 1), longestBackoffMs);
  return Math.round(doubled * (0.8 + random * 0.2));
}

/** After a question that failed, however long it took. */
export const shortestFailurePauseMs = 1_000;

/** Longest pause that a coordinator, or a proxy in its name, gets by asking for it. */
const longestHeededMs = 25_000;

/**
 * How much of a pause that was asked for (Retry-After, RateLimit-ResetTime) is kept. GitLab's limits count requests in
 * fixed windows: one every 25 s neither lengthens the window nor weighs in it. Where the header is wrong, or stands for
 * an outage that ends early, jobs and logs don't wait for hours.
 */
export function heededMs(askedForMs: number): number {
  return Math.min(askedForMs, longestHeededMs);
}

/** Least pause after an empty answer that took long: a slow coordinator is not asked back to back. */
const shortestPauseMs = 100;

/** `check_interval` counts from one question to the next, so a long poll that came back empty is repeated almost at once. */
export function emptyPauseMs(checkIntervalMs: number, tookMs: number): number {
  return Math.max(checkIntervalMs - tookMs, Math.min(shortestPauseMs, checkIntervalMs));
}

/** When an entry's turn comes in each round of `check_interval`. */
export interface Turn {
  /** A moment at which a round began, in milliseconds. */
  readonly origin: number;
  /** The part of a round that goes before: 0 for the first of all entries, below 1 for the last. */
  readonly share: number;
}

/**
 * When an entry that got nothing asks again. One that is alone comes `check_interval` after its last question. Many
 * that came in step, as they do after a start, would go on in step: so each takes its own turn in the round, which is
 * once half to one and a half rounds away, and every round from then on (GitLab Runner goes from one entry to the next
 * and sleeps the same part of the round between). A question that the coordinator held has no turn to wait for.
 */
export function nextAskAt(startedAt: number, now: number, checkIntervalMs: number, turn: Turn | null): number {
  const alone = now + emptyPauseMs(checkIntervalMs, now - startedAt);
  if (turn === null || now - startedAt >= checkIntervalMs || checkIntervalMs <= 0) return alone;
  const earliest = Math.max(startedAt + checkIntervalMs / 2, now + Math.min(shortestPauseMs, checkIntervalMs / 2));
  const first = turn.origin + turn.share * checkIntervalMs;
  return first + Math.ceil((earliest - first) / checkIntervalMs) * checkIntervalMs;
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
