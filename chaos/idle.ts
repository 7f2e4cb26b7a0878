import { setTimeout as pause } from "node:timers/promises";

/** Ends at once when the signal aborts, and never rejects. */
export async function idle(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => {});
}
