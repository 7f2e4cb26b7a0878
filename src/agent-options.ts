import type { AgentConfig } from "./config/schema.ts";
import type { AgentIdentity } from "./coordinator/info.ts";
import type { ProxyEnvironment } from "./coordinator/proxy.ts";
import type { WatchTimes } from "./daemon/daemon-vigil.ts";
import type { JobReport } from "./spans/job-report.ts";
import type { OtlpSettings } from "./spans/otlp-settings.ts";
import type { Clock } from "./support/clock.ts";
import type { KnownSecrets } from "./support/known-secrets.ts";
import type { Logger } from "./support/log.ts";
import type { WatchPace } from "./upkeep/disk-watch.ts";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly configPath: string;
  /** Root of the state directories. */
  readonly stateDir: string;
  /** What the agent's own state directory is named after; default `configPath`. */
  readonly stateKey?: string;
  readonly log: Logger;
  /** Told all that `log` must not show. */
  readonly secrets?: KnownSecrets;
  readonly identity: AgentIdentity;
  /** Home directory of the agent's user. */
  readonly home: string;
  /** HTTP_PROXY and its like. */
  readonly proxies: ProxyEnvironment;
  readonly clock?: Clock;
  /** See AgentContext; default 30 s, GitLab Runner's. */
  readonly touchAfterMs?: number;
  /** How long a job's log waits for room on the disk; milliseconds, default two minutes. */
  readonly diskPatienceMs?: number;
  /** See DaemonWatch. */
  readonly daemonTimes?: Partial<WatchTimes>;
  /** What OTEL_* says; default: nothing is exported but what a coordinator asks for. */
  readonly otlp?: OtlpSettings;
  /** Looks at the daemons when the agent has started, and warns of what jobs would find out; default false. */
  readonly checkAtStart?: boolean;
  /** Looks at the daemons' disks, and makes room when they fill up; what isn't given is as usual. Default: nobody looks. */
  readonly watchDisks?: Partial<WatchPace>;
  /** After all that a job made is removed. */
  readonly onJobSpans?: (report: JobReport) => void;
  /** After a job has ended and its final state is delivered; for run-single. */
  readonly onJobEnded?: () => void;
}

export interface AgentHandle {
  /** New settings for what comes; running jobs keep theirs. */
  reload(config: AgentConfig): void;
  /** Jobs that run now. */
  jobs(): number;
  /**
   * Asks for no more jobs and resolves when all have ended and are cleaned up. "graceful" waits for them, "forced"
   * ends them; the second may follow the first.
   */
  stop(mode: "graceful" | "forced"): Promise<void>;
}
