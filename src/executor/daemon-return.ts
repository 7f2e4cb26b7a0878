import type { ContainerState } from "../docker/container.ts";
import { call } from "../docker/call.ts";
import { type Engine, readFacts } from "../docker/engine.ts";
import { DockerError, isCut, isDockerError, toDockerError } from "../docker/errors.ts";
import { daemonStartedAt } from "../docker/network.ts";
import type { Clock } from "../support/clock.ts";
import { AgentError } from "../support/errors.ts";

/** The watch over the daemon ends its jobs before. */
const patienceMs = 300_000;
const pauseMs = 1_000;
const pingLimitMs = 10_000;
/** A daemon that finds containers of its last life ends them within this time. */
const startUpMs = 15_000;
/** What it then writes down when nobody knows how they ended. */
const unknownExit = 255;

/** True for what a daemon that is restarted, or the way to it, makes of a call: the thing itself may be well. */
export function isDaemonLost(error: unknown): error is DockerError {
  return isCut(error) || isDockerError(error, "timeout");
}

/** Resolves when the daemon answers. @throws `lost`, what was seen of its being away, when that takes too long */
export async function awaitDaemon(engine: Engine, clock: Clock, lost: DockerError, signal: AbortSignal): Promise<void> {
  const since = clock.monotonic();
  for (;;) {
    try {
      await call(
        "ask the Docker daemon whether it is there",
        signal,
        pingLimitMs,
        (abortSignal) => engine.ping({ abortSignal } as never) as unknown as Promise<unknown>,
      );
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (clock.monotonic() - since > patienceMs)
        throw new DockerError(lost.operation, lost.kind, lost.detail, 0, error);
    }
    await clock.sleep(pauseMs, signal);
  }
}

/**
 * Whether a run ended because the daemon or its host went down, and not by itself: its exit code says nothing then. One
 * that ended just before can't be told from those.
 */
export async function endedWithDaemon(engine: Engine, state: ContainerState, signal: AbortSignal): Promise<boolean> {
  const [since, { liveRestore }] = await Promise.all([daemonStartedAt(engine, signal), readFacts(engine, signal)]);
  if (since === null || state.running || state.startedAt >= since || state.finishedAt > since + startUpMs) return false;
  return !liveRestore || state.exitCode === unknownExit;
}

/** Of a stream: it ends, however it ends. What the log can't take is no fault of the connection. */
export function passConnectionLost(error: unknown): void {
  if (error instanceof AgentError) throw error;
  if (!isDaemonLost(toDockerError("read the container's output", error))) throw error as Error;
}
