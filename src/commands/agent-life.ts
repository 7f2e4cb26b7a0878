import type { AgentHandle } from "../agent-options.ts";
import type { Clock } from "../support/clock.ts";
import type { Logger } from "../support/log.ts";
import type { Signals } from "./signals.ts";

type Wish = "run" | "graceful" | "forced";

export interface AgentLifeOptions {
  readonly signals: Signals;
  readonly clock: Clock;
  readonly log: Logger;
  readonly start: () => Promise<AgentHandle>;
  /** Asked when it counts, since a reload may change it. */
  readonly shutdownTimeoutSeconds: () => number;
  readonly onHangup: () => void;
  /** Ends the agent without a signal, its jobs first. */
  readonly done?: Promise<void>;
}

/**
 * Starts an agent and lives with it until it has ended: SIGQUIT lets running jobs end; SIGTERM and SIGINT end them
 * within the shutdown timeout, a further one ends the agent at once. A signal that comes during the start counts, too.
 * Returns the exit code.
 */
export async function liveWithAgent(options: AgentLifeOptions): Promise<0 | 1> {
  const { signals, log } = options;
  const ended = Promise.withResolvers<0 | 1>();
  let agent: AgentHandle | null = null;
  let wanted = "run" as Wish;
  let done = "run" as Wish;
  const act = () => {
    if (agent === null || wanted === done) return;
    done = wanted;
    if (wanted === "graceful") {
      log.info({ jobs: agent.jobs() }, "Waiting for running jobs, no new ones are taken");
      agent.stop("graceful").then(() => ended.resolve(0), ended.reject);
    } else {
      const seconds = options.shutdownTimeoutSeconds();
      log.info({ jobs: agent.jobs(), seconds }, "Ending running jobs; another signal ends the agent at once");
      endForced(agent, seconds, options.clock).then(ended.resolve, ended.reject);
    }
  };
  const graceful = () => {
    if (wanted === "run") wanted = "graceful";
    act();
  };
  const forced = () => {
    if (wanted === "forced") ended.resolve(1);
    wanted = "forced";
    act();
  };
  const off = [
    signals.on("SIGQUIT", graceful),
    signals.on("SIGTERM", forced),
    signals.on("SIGINT", forced),
    signals.on("SIGHUP", options.onHangup),
  ];
  try {
    const starting = options.start().then((started) => {
      agent = started;
      act();
    });
    starting.catch(ended.reject);
    options.done?.then(graceful, ended.reject);
    return await ended.promise;
  } finally {
    for (const remove of off) remove();
  }
}

async function endForced(agent: AgentHandle, seconds: number, clock: Clock): Promise<0 | 1> {
  const over = new AbortController();
  const late = clock.sleep(seconds * 1000, over.signal).then(
    () => 1 as const,
    () => 1 as const,
  );
  try {
    return await Promise.race([agent.stop("forced").then(() => 0 as const), late]);
  } finally {
    over.abort(new Error("the agent has ended"));
  }
}
