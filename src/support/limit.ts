/** `AbortSignal.timeout` refuses what isn't a whole number, and fires at once above 2^31-1. */
const longestTimeout = 2_147_483_647;

/** A signal that aborts after so many seconds, fractions and weeks included. */
export function limitOf(seconds: number): AbortSignal {
  return AbortSignal.timeout(Math.min(Math.max(Math.ceil(seconds * 1000), 0), longestTimeout));
}
