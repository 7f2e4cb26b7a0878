import { parseDuration } from "../config/duration.ts";
import type { JobPlan } from "../job/plan.ts";
import type { Tally } from "../storage/tally.ts";
import type { JobContext } from "./job-context.ts";
import { planVariable } from "./plan-variable.ts";

/** Between lines about work that goes on; what takes less time is done without one. */
const intervalMs = 5000;

export interface Transfer {
  /** Begins the lines while it goes on, e.g. "Uploading artifacts". */
  readonly doing: string;
  /** Begins the one at its end, e.g. "Uploaded artifacts". */
  readonly done: string;
  /** How far it has come; without files where they cannot be told yet. */
  readonly tally: () => Promise<Omit<Tally, "files"> & Partial<Pick<Tally, "files">>>;
  /** TRANSFER_METER_FREQUENCY, from `meterMs`: between the lines; the last one is then said in any case. Default: every 5 s, and only then. */
  readonly everyMs?: number;
}

/** Milliseconds of TRANSFER_METER_FREQUENCY, no fewer than a second; undefined where the job sets none. */
export function meterMs(plan: Pick<JobPlan, "environment">): number | undefined {
  const ms = parseDuration(planVariable(plan, "TRANSFER_METER_FREQUENCY"));
  return ms === null || ms <= 0 ? undefined : Math.max(ms, 1000);
}

/** Does the work; if it takes long, the log says every five seconds how far it has come, and at its end what it was in all. */
export async function withProgress<T>(
  { trace, clock }: Pick<JobContext, "trace" | "clock">,
  transfer: Transfer,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = clock.monotonic();
  const { everyMs = intervalMs } = transfer;
  const ended = new AbortController();
  const say = async (words: string) => {
    const tally = await transfer.tally();
    await trace.line(`${words}: ${figures(tally, (clock.monotonic() - startedAt) / 1000)}`);
  };
  const watch = async () => {
    for (;;) {
      await clock.sleep(everyMs, ended.signal);
      await say(transfer.doing);
    }
  };
  // It ends by the abort. A log that can't be written is reported by the stage that writes next.
  const watching = watch().catch(() => {});
  try {
    const result = await work();
    const isLong = clock.monotonic() - startedAt >= everyMs;
    if (isLong || transfer.everyMs !== undefined) await say(transfer.done);
    return result;
  } finally {
    ended.abort();
    await watching;
  }
}

const mebibyte = 1024 * 1024;

function figures({ bytes, files }: Awaited<ReturnType<Transfer["tally"]>>, seconds: number): string {
  const parts = [
    `${(bytes / mebibyte).toFixed(1)} MiB`,
    ...(files === undefined ? [] : [`${String(files)} ${files === 1 ? "file" : "files"}`]),
    `${String(Math.round(seconds))} s`,
    `${(bytes / mebibyte / Math.max(seconds, 0.001)).toFixed(1)} MiB/s`,
  ];
  return parts.join(", ");
}
