import type { CoordinatorEvents } from "./events.ts";
import type { JobHandle } from "./job-record.ts";

/** A state to wait for; "finished" is any of the three last ones. */
export type JobCondition = "finished" | ((job: JobHandle) => boolean);

/** Resolves as soon as the job fits; looks again at everything that happens to it. Rejects with the signal's reason. */
export function waitForJob(
  events: CoordinatorEvents,
  find: (id: number) => JobHandle | undefined,
  id: number,
  condition: JobCondition,
  signal: AbortSignal,
): Promise<JobHandle> {
  const fits = condition === "finished" ? (job: JobHandle) => job.finished : condition;
  const looks = ["job-changed", "trace-appended", "trace-reset", "artifact-stored"] as const;
  return new Promise((resolve, reject) => {
    const stop = () => {
      for (const event of looks) events.off(event, look);
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      stop();
      reject(signal.reason as Error);
    };
    const look = () => {
      const job = find(id);
      if (job === undefined || !fits(job)) return;
      stop();
      resolve(job);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    for (const event of looks) events.on(event, look);
    look();
  });
}
