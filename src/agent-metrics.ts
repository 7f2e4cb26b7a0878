import type { CallMetrics } from "./coordinator/metrics.ts";
import type { PollerStatus } from "./coordinator/poller.ts";
import type { JobMetrics } from "./executor/agent-context.ts";
import type { UpkeepMetrics } from "./upkeep/upkeep-context.ts";

/** All that an agent counts. */
export interface AgentMetrics extends CallMetrics, JobMetrics, UpkeepMetrics {
  asked(): void;
  healthCheckFailed(runner: string): void;
  /** Why an entry asks for no jobs; null: it does. */
  obstructed(runner: string, reason: string | null): void;
  broke(): void;
  /** In Prometheus' format; `status` is null while nothing is polled yet. */
  text(status: PollerStatus | null): Promise<string>;
  close(): void;
}

const uncounted: AgentMetrics = {
  call: () => {},
  attempts: () => {},
  started: () => {},
  storeTaken: () => {},
  explained: () => {},
  undelivered: () => {},
  ended: () => {},
  reaped: () => {},
  diskFree: () => {},
  madeRoom: () => {},
  asked: () => {},
  healthCheckFailed: () => {},
  obstructed: () => {},
  broke: () => {},
  text: () => Promise.resolve(""),
  close: () => {},
};

/** What nobody can ask for isn't counted: without a `listen_address` the library isn't even loaded. */
export async function openMetrics(listenAddress: string): Promise<AgentMetrics> {
  if (listenAddress === "") return uncounted;
  const { PrometheusMetrics } = await import("./metrics.ts");
  return new PrometheusMetrics();
}
