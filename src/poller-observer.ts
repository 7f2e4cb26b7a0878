import type { AgentMetrics } from "./agent-metrics.ts";
import type { PollerObserver } from "./coordinator/poll-entry.ts";
import type { WorkingEntry } from "./runner-entry.ts";
import type { Logger } from "./support/log.ts";
import { messageOf } from "./support/errors.ts";

/** Tells log and metrics what the poller does. A problem that goes on is logged when it changes, not at every try. */
export function pollerObserver(log: Logger, metrics: AgentMetrics): PollerObserver<WorkingEntry> {
  const lastProblems = new Map<string, string>();
  return {
    asked: () => metrics.asked(),
    answered: (entry, answer) => {
      const problem = "reason" in answer ? answer.reason : "";
      if (problem === (lastProblems.get(entry.key) ?? "")) return;
      lastProblems.set(entry.key, problem);
      const fields = { runner: entry.name };
      if (problem === "") log.info(fields, "Checking for jobs... works again");
      else if (answer.kind === "forbidden") log.error(fields, `Checking for jobs... forbidden: ${problem}`);
      else log.warn(fields, `Checking for jobs... failed: ${problem}`);
    },
    healthCheckFailed: (entry) => metrics.healthCheckFailed(entry.name),
    becameUnhealthy: (entry, until) =>
      log.error(
        { runner: entry.name },
        `Runner is unhealthy and asks for no jobs until ${new Date(until).toISOString()}: its token was refused`,
      ),
    obstructed: (entry, reason) => {
      metrics.obstructed(entry.name, reason);
      const fields = { runner: entry.name };
      if (reason === null) log.info(fields, "Runner asks for jobs again");
      else log.error(fields, `Runner asks for no jobs: ${reason}`);
    },
    checkForced: (entry) => log.info({ runner: entry.name }, "Runner was unhealthy; asking again"),
    broke: (entry, error) => {
      metrics.broke();
      log.error({ runner: entry.name, err: error }, `a fault of the agent's own: ${messageOf(error)}`);
    },
  };
}
