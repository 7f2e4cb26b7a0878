import type { Logger } from "pino";
import type { CacheStores } from "../cache/cache-stores.ts";
import type { AgentIdentity } from "../coordinator/info.ts";
import type { DaemonWatch } from "../daemon/daemon-watch.ts";
import type { Daemons } from "../daemon/daemons.ts";
import type { StateRoom } from "../journal/state-room.ts";
import type { StateDirectory } from "../journal/state-directory.ts";
import type { JobReport } from "../spans/job-report.ts";
import type { Clock } from "../support/clock.ts";
import type { LateDeliveries } from "./late-deliveries.ts";
import type { UsageNotes } from "../upkeep/usage-ledger.ts";
import type { StoragePool } from "./storage-pool.ts";
import type { StoreKind } from "./storage-lease.ts";

/** What all jobs of an agent share. */
export interface AgentContext {
  readonly identity: AgentIdentity;
  readonly systemId: string;
  /** Names the agent in labels: the same as long as its configuration file is. */
  readonly agentId: string;
  readonly hostname: string;
  readonly state: StateDirectory;
  /** Whether it takes what jobs have to keep. */
  readonly stateRoom: StateRoom;
  readonly daemons: Daemons;
  /** Which of them can be used. */
  readonly daemonWatch: DaemonWatch;
  /** Layer stores that jobs' own daemons are leased. */
  readonly stores: StoragePool;
  /** Remote stores of jobs' caches. */
  readonly cacheStores: CacheStores;
  /** Where jobs write down what images and kept volumes they use. */
  readonly usage: UsageNotes;
  readonly clock: Clock;
  readonly log: Logger;
  /** Home directory of the agent's user, for ~/.docker/config.json. */
  readonly home: string;
  /** How long a job may be silent before the coordinator is asked whether it was cancelled. */
  readonly touchAfterMs: number;
  readonly metrics: JobMetrics;
  /** Final states that the coordinator has not taken yet, of jobs that gave their slots back. */
  readonly late: LateDeliveries;
  /** Aborts when the agent ends and its jobs have: nothing is tried again from then on. */
  readonly stopping: AbortSignal;
  /** Takes what a job spent its time on, once all that it made is removed. Does not throw. */
  reportSpans(report: JobReport): void;
  /** Work that outlives its job: awaited before the agent ends. */
  background(work: Promise<void>): void;
}

export interface JobMetrics {
  started(): void;
  /** A job's own daemon can be used, on a layer store that was there or is new. */
  storeTaken(kind: StoreKind): void;
  /** A rule knew why a job failed, or what it loses. */
  explained(rule: string): void;
  /** So many jobs have ended and their coordinators don't know it yet. */
  undelivered(jobs: number): void;
  ended(outcome: { readonly failureReason: string; readonly seconds: number }): void;
}
