import { withLimit } from "../support/limit.ts";
import type { AgentContext } from "./agent-context.ts";

const removalLimitMs = 300_000;
/** Between two tries; "device or resource busy" is an everyday answer of a daemon. */
const pausesMs = [1_000, 5_000, 30_000, 120_000, 600_000];

/**
 * Tries to remove what a job made until nothing is left, with pauses that grow, or until the agent ends. A pause ends,
 * and they begin anew, when a Docker daemon is back that was not there. Resolves to what is left then, one line each:
 * the journal stays for these, and the next start of the agent goes on.
 */
export async function removeUntilGone(
  { clock, stopping, daemonWatch }: Pick<AgentContext, "clock" | "stopping" | "daemonWatch">,
  removeAll: (signal: AbortSignal) => Promise<string[]>,
): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const { nextReturn } = daemonWatch;
    const problems = await withLimit(removalLimitMs, removeAll).catch((error: unknown) => [String(error)]);
    const pause = pausesMs[attempt];
    if (problems.length === 0 || pause === undefined || stopping.aborted) return problems;
    try {
      await clock.sleep(pause, AbortSignal.any([stopping, nextReturn]));
    } catch {
      if (stopping.aborted) return problems;
      attempt = -1;
    }
  }
}
