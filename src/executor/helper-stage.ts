import { inspectContainer } from "../docker/container.ts";
import type { StageName } from "../job/stages.ts";
import type { Span } from "../spans/open-span.ts";
import { awaitDaemon, isDaemonLost } from "./daemon-return.ts";
import type { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { requireOwnEnd } from "./run-end.ts";

const mostTries = 3;

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
      return await context.stage(name, body);
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
