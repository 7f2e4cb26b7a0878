import { AgentError } from "../support/errors.ts";
import { DockerError, toDockerError } from "./errors.ts";

/** Limit for calls that only touch the daemon's own state. */
export const quickCallMs = 60_000;

/**
 * Runs one Docker API call under a limit. An aborted `signal` rejects with its reason, whatever the daemon says at
 * that moment; everything else that goes wrong is a DockerError.
 *
 * @param operation what is done, for messages: `create container runner-x`
 * @param limitMs milliseconds; null for calls that last as long as a job does
 */
export async function call<T>(
  operation: string,
  signal: AbortSignal,
  limitMs: number | null,
  body: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const limit = new AbortController();
  // Taken back when the call returns: a stream that it returned lasts as long as it must.
  const timer = limitMs === null ? null : setTimeout(() => limit.abort(new Error("no answer")), limitMs);
  try {
    return await body(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.signal.aborted)
      throw new DockerError(operation, "timeout", `no answer within ${(limitMs as number) / 1000} s`, 0, error);
    // What broke a stream that we feed into the call, e.g. an archive that is not safe, is no failure of the daemon's.
    if (error instanceof AgentError) throw error;
    throw toDockerError(operation, error);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
