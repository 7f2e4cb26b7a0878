/** Protocol section 1.6: all attempts of one call, the first included. */
export const maxAttempts = 5;

const retriable = new Set([408, 429, 500, 502, 503, 504]);

export function isRetriable(status: number): boolean {
  return retriable.has(status) || status >= 512;
}

export interface RetryHints {
  /** Header `RateLimit-ResetTime`, "" without. */
  readonly resetTime: string;
  /** Header `Retry-After`, "" without. */
  readonly retryAfter: string;
}

export interface RetryWait {
  readonly ms: number;
  /** A header that was not understood, for the log. */
  readonly warning: string | null;
}

const shortestMs = 100;
const longestMs = 60_000;
/** A header of `Retry-After: 86400` may be any proxy's on the way, and the call's job would not live to see its end. */
const longestAskedMs = 15 * 60_000;

/**
 * How long to wait before attempt `attempt + 1`: until the reset time when it lies ahead, else Retry-After in whole
 * seconds (its date form is not understood, as in the reference runner), but never for more than 15 minutes; else
 * 100 ms doubled per attempt, up to 60 s.
 *
 * @param random between 0 and 1: where in the upper half of the doubled delay the wait falls.
 */
export function retryWait(attempt: number, hints: RetryHints, now: number, random: number): RetryWait {
  const reset = parseResetTime(hints.resetTime);
  if (reset !== null && reset > now) return { ms: Math.min(reset - now, longestAskedMs), warning: null };
  const after = parseSeconds(hints.retryAfter);
  if (after !== null && after > 0) return { ms: Math.min(after * 1000, longestAskedMs), warning: null };
  const doubled = Math.min(shortestMs * 2 ** (attempt - 1), longestMs);
  return { ms: Math.max(shortestMs, Math.round(doubled * (0.5 + random / 2))), warning: misunderstood(hints) };
}

function misunderstood({ resetTime, retryAfter }: RetryHints): string | null {
  if (resetTime !== "" && parseResetTime(resetTime) === null) return `RateLimit-ResetTime is not a date: ${resetTime}`;
  if (retryAfter !== "" && parseSeconds(retryAfter) === null) return `Retry-After is not a number: ${retryAfter}`;
  return null;
}

function parseResetTime(value: string): number | null {
  // Date.parse also takes bare numbers and other forms for a date.
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [A-Z]+$/.test(value)) return null;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? null : parsed;
}

function parseSeconds(value: string): number | null {
  return /^[+-]?\d{1,9}$/.test(value) ? Number(value) : null;
}
