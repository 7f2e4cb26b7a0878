import { crc32 } from "node:zlib";
import type { CoordinatorClient } from "../coordinator/client.ts";
import { runningUpdate } from "../coordinator/job-api.ts";
import type { Clock } from "../support/clock.ts";

const limitMs = 60_000;
const tries = 5;
const pauseMs = 2_000;

/**
 * A job that can't even be begun (its payload can't be read, the journal can't be written) is nobody's if we keep quiet:
 * it is reported failed, with the reason in its log. Resolves to whether the coordinator took it.
 */
export async function reportUnstarted(
  client: CoordinatorClient,
  job: { readonly id: number; readonly token: string },
  reason: string,
  clock: Clock,
): Promise<boolean> {
  const api = client.jobApi(job.id, job.token);
  const text = Buffer.from(`ERROR: Job failed (system failure): ${reason}\n`);
  const checksum = `crc32:${crc32(text).toString(16).padStart(8, "0")}`;
  const final = {
    state: "failed",
    failureReason: "runner_system_failure",
    exitCode: 0,
    output: { checksum, bytesize: text.length },
  } as const;
  for (let attempt = 1; ; attempt++) {
    const signal = AbortSignal.timeout(limitMs);
    try {
      await api.updateJob(runningUpdate, signal);
      await api.patchTrace(0, text, false, signal);
      const answer = await api.updateJob(final, signal);
      if (answer.kind === "accepted" || answer.kind === "not-found" || answer.signal === "abort") return true;
    } catch {
      // The limit; the next try may do better.
    }
    if (attempt === tries) return false;
    await clock.sleep(pauseMs * attempt);
  }
}
