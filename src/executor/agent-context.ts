import type { Logger } from "pino";
import type { AgentIdentity } from "../coordinator/info.ts";
import type { Daemons } from "../daemon/daemons.ts";
import type { StateDirectory } from "../journal/state-directory.ts";
import type { Clock } from "../support/clock.ts";

/** What all jobs of an agent share. */
export interface AgentContext {
  readonly identity: AgentIdentity;
  readonly systemId: string;
  /** Names the agent in labels: the same as long as its configuration file is. */
  readonly agentId: string;
  readonly hostname: string;
  readonly state: StateDirectory;
  readonly daemons: Daemons;
  readonly clock: Clock;
  readonly log: Logger;
  /** Home directory of the agent's user, for ~/.docker/config.json. */
  readonly home: string;
  /** How long a job may be silent before the coordinator is asked whether it was cancelled. */
  readonly touchAfterMs: number;
  readonly metrics: JobMetrics;
  /** Aborts when the agent ends and its jobs have: nothing is tried again from then on. */
  readonly stopping: AbortSignal;
  /** Work that outlives its job: awaited before the agent ends. */
  background(work: Promise<void>): void;
}

export interface JobMetrics {
  started(): void;
  ended(outcome: { readonly failureReason: string; readonly seconds: number }): void;
}
