import type { CoordinatorClient } from "../coordinator/client.ts";
import { runningUpdate } from "../coordinator/job-api.ts";
import type { ReceivedJob } from "../coordinator/job-request.ts";
import type { Clock } from "../support/clock.ts";
import { type JobControl, JobEnd } from "./job-end.ts";
import type { JobLog } from "./job-log.ts";

/** Between tries, each of which is several calls; doubled from try to try. */
const shortestPauseMs = 500;
const longestPauseMs = 15_000;

/**
 * Tells the coordinator that the job runs (protocol section 3.3), and tries that for as long as the job lasts: one that
 * was handed out in two phases takes neither log nor result before, and gives its token no rights. False: the job is not
 * ours any more, and nothing is said.
 *
 * @param ended the job's stages are over: its result is delivered as it may be
 */
export async function acknowledge(
  client: CoordinatorClient,
  { job }: ReceivedJob,
  control: JobControl,
  { uploader }: JobLog,
  clock: Clock,
  ended: AbortSignal,
): Promise<boolean> {
  const lasting = AbortSignal.any([control.job, ended]);
  const api = client.jobApi(job.id, job.token);
  try {
    for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const answer = await api.updateJob(runningUpdate, control.job);
      if (answer.signal === "abort" || answer.kind === "not-found") {
        control.abort(new JobEnd("aborted", "the coordinator does not want the job any more"));
        return false;
      }
      if (answer.signal === "cancel") control.cancel();
      if (answer.kind !== "failed" || answer.refused === true) break;
      await clock.sleep(Math.max(pauseMs, answer.retryAfterMs ?? 0), lasting);
    }
  } catch {
    // A job that ended meanwhile still has a final state to report.
    return !(control.job.reason instanceof JobEnd && control.job.reason.kind === "aborted");
  }
  uploader.start();
  return true;
}
