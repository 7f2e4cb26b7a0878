import type { RunnerConfig } from "./config/schema.ts";
import type { WatchTimes } from "./daemon/daemon-vigil.ts";
import { DaemonWatch } from "./daemon/daemon-watch.ts";
import { type DaemonSettings, requireDaemon } from "./daemon/daemons.ts";
import { lookAtDaemon } from "./daemon/sight.ts";
import type { AgentContext } from "./executor/agent-context.ts";
import type { Clock } from "./support/clock.ts";
import { AgentError, messageOf } from "./support/errors.ts";
import type { WorkingEntry } from "./runner-entry.ts";
import type { Logger } from "./support/log.ts";

/** A daemon that hangs is found out by the looks that follow. */
const firstLooksMs = 3_000;

/** The watch over an agent's daemons, which tells the log what becomes of them. */
export function watchDaemons(options: {
  readonly log: Logger;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  readonly times: Partial<WatchTimes>;
}): DaemonWatch {
  const { log, ...rest } = options;
  return new DaemonWatch({
    ...rest,
    look: lookAtDaemon,
    onChange: (host, problem) => {
      if (problem === "") log.info({ docker: host }, `Docker daemon at ${host} answers again`);
      else log.warn({ docker: host }, `Docker daemon at ${host} ${problem}`);
    },
  });
}

/** Before anything is asked for: entries of daemons that aren't there don't even take a first job. */
export async function lookAtAll(watch: DaemonWatch, daemons: readonly DaemonSettings[]): Promise<void> {
  const limit = AbortSignal.timeout(firstLooksMs);
  await Promise.all(daemons.map((docker) => watch.look(docker, limit)));
}

/** Said at the start, so that it isn't the first job that finds out. */
export async function warnAboutDaemon({ daemons, log }: AgentContext, runner: RunnerConfig): Promise<void> {
  try {
    const { facts } = await requireDaemon(daemons, runner.docker);
    log.info({ runner: runner.name, docker: facts.serverVersion, api: facts.apiVersion }, "Docker daemon answers");
  } catch (error) {
    const hint = error instanceof AgentError ? error.hint : "";
    log.error({ runner: runner.name, hint }, messageOf(error));
  }
}

/** Not loaded with the agent: it is needed once. */
export async function checkAtStart(
  context: AgentContext,
  working: readonly WorkingEntry[],
  concurrent: number,
): Promise<void> {
  const { warnAtStart } = await import("./doctor/at-start.ts");
  await warnAtStart(
    context,
    working.map(({ runner }) => runner),
    concurrent,
  );
}
