import type { CoordinatorClient } from "../coordinator/client.ts";
import type { JobUpdate } from "../coordinator/job-api.ts";
import { goDuration } from "../job/labels.ts";
import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import type { Logger } from "../support/log.ts";
import type { Delivery } from "../trace/final-update.ts";
import { TraceSpool } from "../trace/spool.ts";
import { TraceUploader } from "../trace/uploader.ts";
import type { JobMetrics } from "./agent-context.ts";

/** A job that has ended and whose end the coordinator does not have. Small: hundreds may wait, for hours. */
export interface LateJob {
  readonly id: number;
  readonly token: string;
  /** Short token of the [[runners]] entry. */
  readonly runner: string;
  /** The entry's when the job was taken. */
  readonly client: CoordinatorClient;
  readonly spoolPath: string;
  /** CI_DEBUG_TRACE was in effect. */
  readonly debugTrace: boolean;
  /** Bytes of the log that the coordinator has, as far as is known. */
  readonly acknowledged: number;
  readonly update: Omit<JobUpdate, "output">;
}

export interface LateDeliveriesOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the agent ends. */
  readonly stopping: AbortSignal;
  /** The client to use now: what kept a coordinator out of reach may have been changed in the configuration. */
  readonly client: (job: Pick<LateJob, "client" | "runner">) => CoordinatorClient;
  readonly metrics: Pick<JobMetrics, "undelivered">;
}

/** Tries at a time for one entry: no more logs are open, however many jobs wait. */
const lanes = 4;
/**
 * After a try that failed, whatever was the cause: a coordinator that is back is found within this. Also where it is
 * back and still checks the log; no job waits in the row for that.
 */
const pauseMs = 15_000;
/** After a refusal of the coordinator's own, or where the log can't be read; no job waits in the row meanwhile. */
const refusedPauseMs = 60_000;
/** A job's end that has been refused for so long, and for nothing else, is left to the agent's next start. */
const refusedForMs = 24 * 3_600_000;
/** How often in one try the whole log is sent again. */
const rejectionLimit = 5;

interface Waiting {
  readonly job: LateJob;
  readonly since: number;
  /** When the last refusals in a row began; null when the last failure was another. */
  refusedAt: number | null;
  isTold: boolean;
  settle(isReported: boolean): void;
}

interface Attempt {
  readonly delivery: Delivery;
  readonly refused: boolean;
  /** The coordinator has everything, and will say what it thinks of it. */
  readonly checking: boolean;
  readonly reason: string;
}

/**
 * Delivers the ends of jobs whose coordinator was away for longer than `job_status_final_update_retry_limit` stands
 * for, without their slots, until it takes them or the agent ends. The jobs of each entry wait in a row; a few lanes
 * take the first, try once, and put it at the end if that failed, so that no job stands in the way of the others.
 */
export class LateDeliveries {
  readonly #options: LateDeliveriesOptions;
  readonly #rows = new Map<string, { readonly waiting: Waiting[]; lanes: number }>();
  readonly #undelivered = new Set<number>();

  constructor(options: LateDeliveriesOptions) {
    this.#options = options;
    options.stopping.addEventListener("abort", () => this.#tellRest(), { once: true });
  }

  /** True when the coordinator has the job's end or doesn't want it; false when it refuses it for good, or the agent ends. */
  deliver(job: LateJob): Promise<boolean> {
    const { clock } = this.#options;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#undelivered.add(job.id);
    this.#options.metrics.undelivered(this.#undelivered.size);
    const settle = (isReported: boolean) => {
      this.#undelivered.delete(job.id);
      this.#options.metrics.undelivered(this.#undelivered.size);
      resolve(isReported);
    };
    this.#line({ job, since: clock.monotonic(), refusedAt: null, isTold: false, settle });
    return promise;
  }

  #line(waiting: Waiting): void {
    const { runner } = waiting.job;
    const row = this.#rows.get(runner) ?? { waiting: [], lanes: 0 };
    this.#rows.set(runner, row);
    row.waiting.push(waiting);
    if (row.lanes < lanes) void this.#lane(runner, row);
  }

  async #lane(runner: string, row: { readonly waiting: Waiting[]; lanes: number }): Promise<void> {
    const { clock, stopping } = this.#options;
    row.lanes++;
    for (let next = row.waiting.shift(); next !== undefined; next = row.waiting.shift()) {
      const outcome = stopping.aborted ? "ended" : await this.#try(next);
      if (stopping.aborted) next.settle(false);
      else if (outcome === "refused") void this.#later(next, refusedPauseMs);
      else if (outcome === "checking") void this.#later(next, pauseMs);
      else if (outcome === "failed") {
        row.waiting.push(next);
        await clock.sleep(pauseMs, stopping).catch(() => {});
      }
    }
    row.lanes--;
    if (row.lanes === 0) this.#rows.delete(runner);
  }

  async #later(waiting: Waiting, ms: number): Promise<void> {
    const { clock, stopping } = this.#options;
    await clock.sleep(ms, stopping).catch(() => {});
    this.#line(waiting);
  }

  /** "ended": the job needs no further try. */
  async #try(waiting: Waiting): Promise<"ended" | "failed" | "refused" | "checking"> {
    const { clock, log } = this.#options;
    const { job, since } = waiting;
    const fields = { job: job.id };
    const { delivery, refused, checking, reason } = await this.#attempt(job);
    if (delivery !== "gave-up") {
      const late = goDuration(Math.round((clock.monotonic() - since) / 1000));
      const what =
        delivery === "delivered" ? "was delivered" : "is settled: the coordinator wants nothing more of the job";
      log.info({ ...fields, delivery }, `job ${job.id}: its final state ${what}, after another ${late}`);
      waiting.settle(true);
      return "ended";
    }
    if (!waiting.isTold) log.warn(fields, `job ${job.id}: its final state waits for the coordinator: ${reason}`);
    waiting.isTold = true;
    waiting.refusedAt = refused ? (waiting.refusedAt ?? clock.monotonic()) : null;
    if (waiting.refusedAt === null) return checking ? "checking" : "failed";
    if (clock.monotonic() - waiting.refusedAt < refusedForMs) return "refused";
    log.error(
      fields,
      `job ${job.id}: its final state has been refused for a day: ${reason}; the agent's next start tries once more`,
    );
    waiting.settle(false);
    return "ended";
  }

  async #attempt(job: LateJob): Promise<Attempt> {
    const { clock, stopping, client } = this.#options;
    let reason = "";
    try {
      const spool = await TraceSpool.open(job.spoolPath);
      try {
        const uploader = new TraceUploader({
          api: client(job).jobApi(job.id, job.token),
          spool,
          clock,
          debugTrace: job.debugTrace,
          acknowledged: job.acknowledged,
          finalUpdateRetryLimit: 1,
          rejectionLimit,
          checkLimitMs: 0,
          onAcknowledged: () => {},
          onCancel: () => {},
          onAbort: () => {},
          onProblem: (problem) => (reason = problem),
        });
        const delivery = await uploader.finish(job.update, { signal: stopping });
        const { refused, checking } = uploader;
        if (checking) reason = "it still checks the log (202)";
        return { delivery, refused, checking, reason };
      } finally {
        await spool.close();
      }
    } catch (error) {
      // The log on disk can't be read.
      return { delivery: "gave-up", refused: true, checking: false, reason: messageOf(error) };
    }
  }

  #tellRest(): void {
    if (this.#undelivered.size === 0) return;
    const jobs = [...this.#undelivered];
    this.#options.log.warn(
      { jobs },
      `not delivered are the final states of ${jobs.length} jobs (${jobs.slice(0, 20).join(", ")}${jobs.length > 20 ? ", ..." : ""}); the agent's next start goes on with them`,
    );
  }
}
