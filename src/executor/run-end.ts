import { type ContainerState, inspectContainer, waitContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { causeOfEnd } from "../docker/events.ts";
import { ContainerRemoved } from "./container-loss.ts";
import type { Clock } from "../support/clock.ts";
import { endedWithDaemon, isDaemonLost } from "./daemon-return.ts";
import { StageFailure } from "./stage-failure.ts";

/** Exit code of a process that SIGKILL has ended. */
const killed = 137;
/** With which a script ends that is stopped: by SIGKILL, by SIGTERM, and by SIGTERM that the shell takes. */
const stopped: readonly number[] = [killed, 143, 1];

/** With its container a stream ends, too; null for one that ended alone: it was cut somewhere between the daemon and us. */
export async function endsWithin(
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
  id: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<number | null> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(limitMs, either).then(() => null);
  late.catch(() => {});
  const ended = waitContainer(engine, id, either);
  ended.catch(() => {});
  try {
    return await Promise.race([ended, late]);
  } catch (error) {
    signal.throwIfAborted();
    if (isDaemonLost(error)) return null;
    throw error;
  } finally {
    over.abort(new Error("it has ended"));
  }
}

/** True for an exit code that a script may have because somebody ended it. */
export function mayBeStopped(exitCode: number): boolean {
  return stopped.includes(exitCode);
}

/** @throws StageFailure when a run ended with the daemon, or its host, and not by itself. */
export async function requireOwnEnd(engine: Engine, state: ContainerState, signal: AbortSignal): Promise<void> {
  if (!(await endedWithDaemon(engine, state, signal))) return;
  throw new StageFailure("container-fault", "the Docker daemon or its host went down while the script ran", {
    hint: "the daemon's containers end with it unless its daemon.json has `live-restore`: restart it when no job runs",
  });
}

/**
 * Of a run that failed: whether the kernel ended one of its processes for want of memory. The shell may outlive what was
 * killed. What removes or stops a container signals it first, so that is looked at as well; after any other end it
 * changes nothing about the exit code.
 *
 * @throws StageFailure when somebody else ended it
 */
export async function ranOutOfMemory(
  engine: Engine,
  id: string,
  exitCode: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const state = await inspectContainer(engine, id, signal);
    if (exitCode === killed && state.removing) throw containerRemoved(null);
    if (state.oomKilled || !stopped.includes(exitCode)) return state.oomKilled;
    const cause = await causeOfEnd(engine, id, state, signal);
    if (cause === "stopped") throw containerStopped();
    return cause === "out-of-memory";
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StageFailure) throw error;
    if (stopped.includes(exitCode) && (isDaemonLost(error) || isDockerError(error, "server"))) throw containerStopped();
    if (exitCode === killed) throw error;
    return false;
  }
}

export function scriptNotTaken(): StageFailure {
  return new StageFailure("container-fault", "the shell of the build container ended without its script", {
    hint: "the connection to the Docker daemon is cut again and again, or the image's shell, or the entrypoint before it, does not read or pass on its standard input",
  });
}

/** @param which container: `build`, `helper` */
export function containerRemoved(cause: unknown, which = "build"): ContainerRemoved {
  return new ContainerRemoved("container-fault", `the ${which} container was removed while the job ran`, {
    hint: "something else on the Docker host removes containers: a clean-up job, `docker system prune`, or an administrator",
    cause,
  });
}

function containerStopped(): StageFailure {
  return new StageFailure("container-fault", "the build container was stopped while the script ran", {
    hint: "it was not the runner that did it: the Docker daemon was shut down, or somebody stopped or killed the container",
  });
}
