import { inspectContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import type { Clock } from "../support/clock.ts";
import { Limit } from "../support/limit.ts";
import type { JobContext } from "./job-context.ts";
import { StageFailure } from "./stage-failure.ts";

/** Somebody else has removed a container in the midst of the job. */
export class ContainerRemoved extends StageFailure {}

const pauseMs = 200;
const goneLimitMs = 60_000;

/** Resolves when nothing of a removed container is there any more: until then its name is taken. */
export async function awaitGone(engine: Engine, id: string, clock: Clock, signal: AbortSignal): Promise<void> {
  using limit = new Limit(goneLimitMs, signal);
  for (;;) {
    try {
      await inspectContainer(engine, id, limit.signal);
    } catch (error) {
      if (isDockerError(error, "not-found")) return;
      throw error;
    }
    await clock.sleep(pauseMs, limit.signal);
  }
}

/**
 * Runs a stage's commands; where its container is removed under it, in a new one, as often as
 * EXECUTOR_JOB_SECTION_ATTEMPTS says.
 */
export async function survivingLoss<T>(
  { plan, trace, control }: Pick<JobContext, "plan" | "trace" | "control">,
  stage: string,
  /** `replace` makes the new one; null where none can be made. */
  container: { readonly id: string; readonly replace: ((signal: AbortSignal) => Promise<void>) | null },
  run: () => Promise<T>,
): Promise<T> {
  const most = plan.attempts.jobSection ?? 1;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ContainerRemoved) || most === 1 || container.replace === null) throw error;
      await trace.error(`Container "${container.id}" not found or removed. Will retry...`);
      if (attempt >= most) {
        await trace.error("Execution attempts exceeded");
        throw error;
      }
      await container.replace(control.job);
      await trace.line(`Retrying ${stage}`);
    }
  }
}
