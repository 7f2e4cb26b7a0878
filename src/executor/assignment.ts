import type { RunnerConfig } from "../config/schema.ts";
import type { CoordinatorClient } from "../coordinator/client.ts";
import type { ReceivedJob } from "../coordinator/job-request.ts";

/** A job that was handed out, and what it may use. */
export interface Assignment {
  readonly received: ReceivedJob;
  readonly runner: RunnerConfig;
  readonly client: CoordinatorClient;
  readonly slot: { readonly runner: number; readonly project: number };
  /** Aborts when the agent must end now. */
  readonly signal: AbortSignal;
}
