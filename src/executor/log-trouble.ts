import type { SpoolOptions } from "../trace/spool.ts";
import type { AgentContext } from "./agent-context.ts";
import { type JobControl, JobEnd } from "./job-end.ts";

/**
 * What becomes of a job whose log the agent's disk does not take: its script waits for the disk, since it waits for
 * whoever reads its output; after a while the job ends, and no other is taken until there is room.
 */
export function logTrouble(
  { log, stateRoom }: Pick<AgentContext, "log" | "stateRoom">,
  job: number,
  control: JobControl,
): NonNullable<SpoolOptions["onTrouble"]> {
  return (trouble) => {
    if (trouble === null) return log.info({ job }, `job ${job}: its log is written again, whole`);
    const { error, isOver } = trouble;
    stateRoom.suspect(error);
    const seconds = Math.round(stateRoom.patienceMs / 1000);
    if (!isOver) {
      log.error(
        { job, hint: error.hint },
        `job ${job}: ${error.message}; its script waits up to ${seconds} s for that`,
      );
      return;
    }
    log.error({ job, hint: error.hint }, `job ${job} is ended: ${error.message}`);
    control.abort(new JobEnd("log-lost", `${error.message}, and there was no room for ${seconds} s`, error.hint));
  };
}
