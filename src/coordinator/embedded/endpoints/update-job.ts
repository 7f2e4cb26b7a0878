import { z } from "zod";
import { Refusal, type Answer } from "../answer.ts";
import { authenticateJob, type CoordinatorState, type Endpoint } from "../exchange.ts";
import { knownFailureReason } from "../failure-reasons.ts";
import { isFinalUpdateFault } from "../faults.ts";
import type { JobRecord } from "../job-record.ts";
import { readJson, tokensOf } from "../request-body.ts";
import { tokenText } from "../../token-text.ts";

const bodySchema = z.object({
  token: tokenText,
  state: z.enum(["pending", "running", "success", "failed"]),
  failure_reason: z.string().nullish(),
  checksum: z.string().nullish(),
  output: z.object({ checksum: z.string().nullish(), bytesize: z.number().int().nullish() }).nullish(),
  exit_code: z.number().int().min(-2147483648).max(2147483647).nullish(),
});

type Update = z.infer<typeof bodySchema>;

/** PUT jobs/<id> (protocol 7): acknowledgement, sign of life, or the final state with the log's size and checksum. */
export const updateJob: Endpoint = async ({ request, params }, state) => {
  const body = await readJson(request, bodySchema);
  const job = authenticateJob(state, params[0], tokensOf(request, body.token));
  if (job.finished || job.state === "pending") {
    throw new Refusal(403, "403 Forbidden - Job is not running", { "Job-Status": job.wireStatus });
  }
  if (job.state === "waiting") return acknowledge(state, job, body);
  if (body.state === "pending") throw new Refusal(400, "400 Bad request - the job is running already");
  if (body.state === "running") return answer(job, 200);
  return finish(state, job, body.state, body);
};

/** A job handed out under two_phase_job_commit: only its runner's acknowledgement makes it run (protocol 3.3). */
function acknowledge(state: CoordinatorState, job: JobRecord, body: Update): Answer {
  if (body.state === "pending") return answer(job, 200);
  if (body.state !== "running") throw new Refusal(400, "400 Bad request - the job waits for its acknowledgement");
  state.jobs.start(job);
  return answer(job, 200);
}

async function finish(
  state: CoordinatorState,
  job: JobRecord,
  outcome: "success" | "failed",
  body: Update,
): Promise<Answer> {
  const fault = state.faults.take("update-job", job.id, isFinalUpdateFault);
  if (fault?.kind === "not-completed") {
    return answer(job, 202, { "X-GitLab-Trace-Update-Interval": String(fault.intervalSeconds ?? 1) });
  }
  const checksum = body.output?.checksum ?? body.checksum ?? null;
  const bytesize = body.output?.bytesize ?? null;
  const differs =
    (bytesize !== null && bytesize !== job.trace.size) || (checksum !== null && checksum !== job.trace.checksum);
  if (differs || fault?.kind === "reject-trace") {
    await job.trace.reset();
    state.events.emit("trace-reset", { jobId: job.id });
    return answer(job, 412);
  }
  state.jobs.finish(job, outcome, knownFailureReason(body.failure_reason ?? ""), body.exit_code ?? 0);
  return answer(job, 200);
}

function answer(job: JobRecord, status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...headers, "Job-Status": job.wireStatus }, json: String(status) };
}
