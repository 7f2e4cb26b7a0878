import type { Connection } from "./connection.ts";
import type { RunnerInfo } from "./info.ts";
import { intervalProblem, patchTraceAnswer, updateJobAnswer } from "./job-answer.ts";
import type { JobApi, JobUpdate } from "./job-api.ts";
import { jsonBody } from "./json-body.ts";

export interface JobCallsOptions {
  readonly connection: Connection;
  readonly info: RunnerInfo;
  readonly jobId: number;
  readonly jobToken: string;
  readonly warn: (text: string) => void;
}

/** Both calls may be made again without harm, so neither is waited for as long as an upload. */
const limits = { headerMs: 60_000, bodyIdleMs: 20_000 };
/** Longer pauses are the caller's, who may be told to stop meanwhile. */
const longestRetryMs = 2_000;

/** The calls about one job (protocol sections 6 and 7). */
export function jobCalls({ connection, info, jobId, jobToken, warn }: JobCallsOptions): JobApi {
  const headers = { "job-token": jobToken };
  return {
    async patchTrace(offset, bytes, debugTrace, signal) {
      const reply = await connection.send(
        {
          method: "PATCH",
          path: `jobs/${jobId}/trace?debug_trace=${debugTrace}`,
          // The end is the position of the last byte, unlike that of the Range header in the answer.
          headers: {
            ...headers,
            "content-type": "text/plain",
            "content-range": `${offset}-${offset + bytes.length - 1}`,
          },
          body: () => bytes,
          wanted: null,
          limits,
          longestRetryMs,
          endpoint: "patch_trace",
        },
        signal,
      );
      warnOf(intervalProblem(reply));
      return patchTraceAnswer(reply);
    },
    async updateJob(update, signal) {
      const { body, headers: json } = jsonBody(updateBody(info, jobToken, update));
      const reply = await connection.send(
        {
          method: "PUT",
          path: `jobs/${jobId}`,
          headers: { ...headers, ...json },
          body,
          wanted: null,
          limits,
          longestRetryMs,
          endpoint: "update_job",
        },
        signal,
      );
      warnOf(intervalProblem(reply));
      return updateJobAnswer(reply);
    },
  };

  function warnOf(problem: string | null): void {
    if (problem !== null) warn(`Job ${jobId}: ${problem}`);
  }
}

function updateBody(info: RunnerInfo, token: string, update: JobUpdate): object {
  const { state, failureReason, exitCode, output } = update;
  return {
    info,
    token,
    state,
    ...(failureReason === "" ? {} : { failure_reason: failureReason }),
    ...(output === null ? {} : { checksum: output.checksum, output }),
    ...(exitCode === 0 ? {} : { exit_code: exitCode }),
  };
}
