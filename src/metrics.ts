import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { AgentMetrics } from "./agent-metrics.ts";
import type { PollerStatus } from "./coordinator/poller.ts";
import { ProcessMetrics } from "./metrics-process.ts";
import { UpkeepCounts } from "./metrics-upkeep.ts";

/** GitLab Runner's metrics, as far as this agent has what they count; names and labels are its own. */
export class PrometheusMetrics implements AgentMetrics {
  readonly #registry = new Registry();
  readonly #process = new ProcessMetrics(this.#registry);
  readonly #jobs = this.#gauge("jobs", "The current number of running builds");
  readonly #jobsTotal = this.#counter("jobs_total", "Total number of handled jobs");
  readonly #failedJobs = this.#counter("failed_jobs_total", "Total number of failed jobs", ["failure_reason"]);
  readonly #duration = new Histogram({
    name: "gitlab_runner_job_duration_seconds",
    help: "Histogram of job durations",
    buckets: [30, 60, 300, 600, 1800, 3600, 7200, 10800, 18000, 36000],
    registers: [this.#registry],
  });
  readonly #statuses = this.#counter(
    "api_request_statuses_total",
    "The total number of api requests, partitioned by endpoint and status",
    ["endpoint", "status"],
  );
  readonly #callDuration = new Histogram({
    name: "gitlab_runner_api_request_duration_seconds",
    help: "Latency histogram of API requests made by GitLab Runner",
    labelNames: ["endpoint"],
    registers: [this.#registry],
  });
  readonly #retries = this.#counter("api_request_retries_total", "Number of attempts of API requests", [
    "path",
    "method",
  ]);
  readonly #healthFailures = this.#counter(
    "worker_health_check_failures_total",
    "Total number of failed health checks",
    ["runner"],
  );
  readonly #feeds = this.#counter("worker_feeds_total", "Total number of job requests made");
  readonly #processingFailures = this.#counter(
    "worker_processing_failures_total",
    "Total number of failures of the agent's own",
  );
  readonly #stores = this.#counter(
    "dind_layer_stores_total",
    "Total number of layer stores leased to jobs' own Docker daemons, by what the job found",
    ["state"],
  );
  readonly #findings = new Counter({
    name: "longshore_job_findings_total",
    help: "Total number of findings about jobs, by the rule that explains them (docs/troubleshooting.md)",
    labelNames: ["rule"],
    registers: [this.#registry],
  });
  readonly #undelivered = new Gauge({
    name: "longshore_jobs_undelivered",
    help: "The current number of jobs that have ended, hold no slot any more, and whose final state waits for its coordinator",
    registers: [this.#registry],
  });
  readonly #obstructed = new Gauge({
    name: "longshore_runner_obstructed",
    help: "1 while a runner asks for no jobs for want of what they need, by the reason",
    labelNames: ["runner", "reason"],
    registers: [this.#registry],
  });
  readonly #obstacles = new Map<string, string>();
  readonly #upkeep = new UpkeepCounts(this.#registry);
  readonly reaped = this.#upkeep.reaped;
  readonly diskFree = this.#upkeep.diskFree;
  readonly madeRoom = this.#upkeep.madeRoom;
  readonly #concurrent = this.#gauge("concurrent", "The current value of concurrent setting");

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name: `gitlab_runner_${name}`, help, registers: [this.#registry] });
  }

  #counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({
      name: `gitlab_runner_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    });
  }

  call({ endpoint, status, seconds }: Parameters<AgentMetrics["call"]>[0]): void {
    this.#statuses.inc({ endpoint, status: String(status) });
    this.#callDuration.observe({ endpoint }, seconds);
  }

  attempts(path: string, method: string, count: number): void {
    this.#retries.inc({ path, method }, count);
  }

  started(): void {
    this.#jobs.inc();
    this.#jobsTotal.inc();
  }

  ended({ failureReason, seconds }: Parameters<AgentMetrics["ended"]>[0]): void {
    this.#jobs.dec();
    this.#duration.observe(seconds);
    if (failureReason !== "") this.#failedJobs.inc({ failure_reason: failureReason });
  }

  explained(rule: string): void {
    this.#findings.inc({ rule });
  }

  undelivered(jobs: number): void {
    this.#undelivered.set(jobs);
  }

  storeTaken(state: Parameters<AgentMetrics["storeTaken"]>[0]): void {
    this.#stores.inc({ state });
  }

  asked(): void {
    this.#feeds.inc();
  }

  healthCheckFailed(runner: string): void {
    this.#healthFailures.inc({ runner });
  }

  obstructed(runner: string, reason: string | null): void {
    const before = this.#obstacles.get(runner);
    if (before !== undefined) this.#obstructed.remove({ runner, reason: before });
    this.#obstacles.delete(runner);
    if (reason === null) return;
    this.#obstacles.set(runner, reason);
    this.#obstructed.set({ runner, reason }, 1);
  }

  broke(): void {
    this.#processingFailures.inc();
  }

  text(status: PollerStatus | null): Promise<string> {
    if (status !== null) this.#concurrent.set(status.concurrent);
    return this.#registry.metrics();
  }

  close(): void {
    this.#process.close();
  }
}
