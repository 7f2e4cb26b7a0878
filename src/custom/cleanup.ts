import type { LockFile } from "../journal/lock-file.ts";
import { AgentError } from "../support/errors.ts";
import { type DriverCall, driverState } from "./driver.ts";
import { lockSession, removeSession } from "./reap.ts";
import { Session } from "./session.ts";

const removalLimitMs = 600_000;
/** A call that the runner has given up may still be removing. */
const lockPatienceMs = 30_000;
const lockPauseMs = 500;

/**
 * `cleanup_exec`: removes what the job made, also when `prepare` failed or was killed in its midst. Returns what could
 * not be removed, one line each: the next job's `prepare` tries again.
 */
export async function cleanUpSession(call: DriverCall): Promise<string[]> {
  const { clock } = call;
  const state = await driverState(call.stateRoot, call.configFile);
  const session = await Session.find(state.sessionsPath, call.caller.directory);
  if (session === null) return [];
  await using held = new AsyncDisposableStack();
  const lock = await takeOver(call, session);
  if (lock !== null) held.defer(() => lock.release());
  // Not under the call's signal: whoever interrupts a cleaning up wants it done all the same, and has SIGKILL.
  return removeSession(session, clock, session.facts.state === "preparing", AbortSignal.timeout(removalLimitMs));
}

/** null when another call doesn't let go: it is removed under its hands then. */
async function takeOver({ clock }: DriverCall, session: Session): Promise<LockFile | null> {
  const since = clock.monotonic();
  for (;;) {
    try {
      return await lockSession(session);
    } catch (error) {
      const isHeld = error instanceof AgentError && error.code === "STATE_LOCKED";
      if (!isHeld || clock.monotonic() - since > lockPatienceMs) return null;
    }
    await clock.sleep(lockPauseMs);
  }
}
