import { Refusal, type Answer } from "../answer.ts";
import { authenticateJob, requireRunning, type Endpoint } from "../exchange.ts";
import { readBody, tokensOf } from "../request-body.ts";

/** Far more than the 1 MiB of the reference client, far less than what would hurt. */
const patchLimit = 64 << 20;

/**
 * PATCH jobs/<id>/trace (protocol 6). The first byte must be the size stored so far, the last one (inclusive) must
 * fit the length of the body; the Range in the answer carries the size, not a last position.
 */
export const appendTrace: Endpoint = async ({ request, params, url }, state) => {
  const job = authenticateJob(state, params[0], tokensOf(request, url.searchParams.get("token") ?? undefined));
  requireRunning(job);
  if (!/^text\/plain\b/i.test(request.headers["content-type"] ?? "")) {
    throw new Refusal(415, "415 Unsupported Media Type");
  }
  const range = request.headers["content-range"];
  if (range === undefined) throw new Refusal(400, "400 Missing header Content-Range");
  const { first, last } = parseRange(range);
  const bytes = await readBody(request, patchLimit);
  // It may have been canceled while its bytes came in.
  requireRunning(job);
  if (bytes.length === 0) throw new Refusal(400, "400 Bad request - the chunk is empty");
  if (last - first + 1 !== bytes.length) {
    throw new Refusal(
      400,
      `400 Bad request - Content-Range says ${last - first + 1} bytes, the body has ${bytes.length}`,
    );
  }
  if (first + bytes.length > state.settings.maxTraceBytes) {
    state.jobs.drop(job, "trace_size_exceeded");
    throw new Refusal(403, "403 Forbidden", { "Job-Status": job.wireStatus });
  }
  const stored = await job.trace.append(first, bytes);
  const headers: Record<string, string> = { Range: `0-${job.trace.size}` };
  if (!stored) return { status: 416, headers, json: { message: "416 Range Not Satisfiable" } };
  if (url.searchParams.get("debug_trace") === "true") job.debugTrace = true;
  state.events.emit("trace-appended", { jobId: job.id, offset: first, bytes });
  const interval = state.settings.traceUpdateIntervalSeconds;
  if (interval !== null) headers["X-GitLab-Trace-Update-Interval"] = String(interval);
  headers["Job-Status"] = job.wireStatus;
  const answer: Answer = { status: 202, headers, json: "202" };
  return answer;
};

function parseRange(header: string): { first: number; last: number } {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(header.trim());
  if (match === null) throw new Refusal(400, "400 Bad request - invalid Content-Range");
  return { first: Number(match[1]), last: Number(match[2]) };
}
