import { AgentError } from "../support/errors.ts";

/** Says why a cache store can't be used this time. `what` is a clause that shows no signature. */
export function storeError(
  what: string,
  hint = "See the store's own log; it may be over with the next job.",
  cause?: unknown,
): AgentError {
  return new AgentError("CACHE_STORE", what, { hint, ...(cause === undefined ? {} : { cause }) });
}

/** Says what [runners.cache] lacks. */
export function storeConfigError(what: string, hint: string): AgentError {
  return new AgentError("CACHE_STORE_CONFIG", what, { hint });
}
