import type { RunnerConfig } from "../config/schema.ts";
import type { JobPayload } from "../coordinator/job-payload.ts";
import type { DaemonWiring } from "../daemon/contribution.ts";
import type { Surroundings } from "./surroundings.ts";

/** All that planning needs and can't find out without I/O. */
export interface PlanInput {
  readonly payload: JobPayload;
  readonly runner: RunnerConfig;
  readonly agent: {
    /** Announced to the coordinator: the GitLab Runner version whose protocol we speak. */
    readonly protocolVersion: string;
    readonly revision: string;
    /** Go's name: amd64, arm64. */
    readonly architecture: string;
    readonly systemId: string;
    readonly agentId: string;
    readonly bootId: string;
  };
  /** CI_CONCURRENT_ID and CI_CONCURRENT_PROJECT_ID. */
  readonly slot: { readonly runner: number; readonly project: number };
  /** 8 hex digits that make the names of this run unique. */
  readonly suffix: string;
  readonly wiring: DaemonWiring;
  readonly surroundings: Surroundings;
  /** PEM texts of the coordinator's connection, "" where there is none (protocol section 1.5). */
  readonly serverTls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly defaultHelperImage: string;
  /** Of the answer that handed the job out, for FF_USE_GITALY_CORRELATION_ID; default none. */
  readonly correlationId?: string;
}
