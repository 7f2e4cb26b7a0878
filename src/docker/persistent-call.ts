import { setTimeout } from "node:timers/promises";
import { call } from "./call.ts";
import { isCut } from "./errors.ts";

/** A connection that is cut is there again at once, a daemon that is restarted within seconds. */
const patienceMs = 20_000;
const shortestPauseMs = 100;
const longestPauseMs = 1_000;

/**
 * As `call`, for what may be asked twice: a connection that is cut before the answer is in, or refused for a moment, is
 * no failure. What was asked for may have been done all the same.
 *
 * @param body is told which try it is, from 1 on
 */
export async function persistentCall<T>(
  operation: string,
  signal: AbortSignal,
  limitMs: number | null,
  body: (abortSignal: AbortSignal, attempt: number) => Promise<T>,
): Promise<T> {
  const since = performance.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(operation, signal, limitMs, (abortSignal) => body(abortSignal, attempt));
    } catch (error) {
      signal.throwIfAborted();
      if (!isCut(error) || performance.now() - since > patienceMs) throw error;
    }
    const pause = Math.min(shortestPauseMs * 2 ** (attempt - 1), longestPauseMs);
    await setTimeout(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
