import { stopContainer, waitContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import { Limit } from "../support/limit.ts";

/** How long processes get to end after SIGTERM before the container is stopped, in seconds. */
const graceSeconds = 10;
const stopLimitMs = 60_000;

/**
 * Ends the current run of a container: SIGTERM to every process in it, a grace period, then the container is stopped.
 * With `nativeStop` (FF_USE_NATIVE_CONTAINER_STOP) its main process alone gets the signal, from the daemon, and ends the others.
 * Never under the job's signal, which has aborted already when this is needed.
 */
export async function terminateRun(engine: Engine, id: string, nativeStop = false): Promise<void> {
  using limit = new Limit(stopLimitMs);
  const { signal } = limit;
  try {
    if (nativeStop) return await stopContainer(engine, id, graceSeconds, signal);
    const everyone = { command: ["sh", "-c", "kill -TERM -1; kill -TERM 1"], env: [], user: "0", workingDir: "" };
    await runExec(engine, id, everyone, "", async () => {}, signal);
    using grace = new Limit(graceSeconds * 1000, signal);
    await waitContainer(engine, id, grace.signal);
  } catch {
    // No shell, not running any more, or deaf to SIGTERM: stopping covers all three.
  }
  await stopContainer(engine, id, graceSeconds, signal).catch(() => {});
}
