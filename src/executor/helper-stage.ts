import { inspectContainer } from "../docker/container.ts";
import { isDockerError } from "../docker/errors.ts";
import type { StageName } from "../job/stages.ts";
import type { Span } from "../spans/open-span.ts";
import { ContainerRemoved, survivingLoss } from "./container-loss.ts";
import { awaitDaemon, isDaemonLost } from "./daemon-return.ts";
import type { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { containerRemoved, requireOwnEnd } from "./run-end.ts";

const mostTries = 3;
/** Exit code of a process that SIGKILL has ended, which a removal begins with. */
const killed = 137;
const lookPauseMs = 200;
const mostLooks = 10;

/**
 * Runs a stage in the helper. One in whose midst the daemon goes away is done once more when it is back: each may be done
 * again from its beginning. Before the script that holds only where the job's services have outlived the daemon.
 */
export async function helperStage<T>(
  context: JobContext,
  helper: Helper,
  name: StageName,
  when: "before-script" | "after-script",
  body: (span: Span) => Promise<T>,
): Promise<T> {
  const { engine, clock, control, trace } = context;
  for (let attempt = 1; ; attempt++) {
    try {
      return await context.stage(name, (span) =>
        survivingLoss(context, name, helper, () => unlessGone(context, helper, () => body(span))),
      );
    } catch (error) {
      control.job.throwIfAborted();
      if (!isDaemonLost(error) || attempt === mostTries) throw error;
      await trace.warning(`The Docker daemon was lost on the way: ${error.message}`);
      await awaitDaemon(engine, clock, error, control.job);
      if (when === "before-script")
        await requireOwnEnd(engine, await inspectContainer(engine, helper.id, control.job), control.job);
      helper.renew();
    }
  }
}

/** A command whose container is removed ends like one that is killed, or is lost. @throws ContainerRemoved */
async function unlessGone<T>(
  { engine, control, plan, clock }: JobContext,
  helper: Helper,
  body: () => Promise<T>,
): Promise<T> {
  // Nobody asks for it where it makes no difference.
  if ((plan.attempts.jobSection ?? 1) === 1) return body();
  const requireThere = async (cause: unknown, looks: number) => {
    for (let look = 1; ; look++) {
      try {
        if ((await inspectContainer(engine, helper.id, control.job)).removing) throw containerRemoved(cause, "helper");
      } catch (error) {
        if (isDockerError(error, "not-found")) throw containerRemoved(cause, "helper");
        if (error instanceof ContainerRemoved) throw error;
        return;
      }
      if (look >= looks) return;
      await clock.sleep(lookPauseMs, control.job);
    }
  };
  try {
    const result = await body();
    if (result === killed) await requireThere(null, mostLooks);
    return result;
  } catch (error) {
    control.job.throwIfAborted();
    await requireThere(error, 1);
    throw error;
  }
}
