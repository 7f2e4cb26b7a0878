import { crc32 } from "node:zlib";
import type { CoordinatorClient } from "../coordinator/client.ts";
import type { MalformedJob } from "../coordinator/job-request.ts";

const limitMs = 60_000;

/** A job whose payload can't be read is nobody's if we keep quiet: it is reported failed, with the reason in its log. */
export async function reportMalformed(client: CoordinatorClient, job: MalformedJob): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  const api = client.jobApi(job.id, job.token);
  const text = Buffer.from(`ERROR: Job failed (system failure): the runner can't read this job's description: ${job.problem}\n`);
  const running = { state: "running", failureReason: "", exitCode: 0, output: null } as const;
  await api.updateJob(running, signal);
  await api.patchTrace(0, text, false, signal);
  const checksum = `crc32:${crc32(text).toString(16).padStart(8, "0")}`;
  await api.updateJob(
    { state: "failed", failureReason: "runner_system_failure", exitCode: 0, output: { checksum, bytesize: text.length } },
    signal,
  );
}
