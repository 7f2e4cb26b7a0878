import type { JobAnswer, JobCallFailed, JobSignal, PatchTraceAnswer, UpdateJobAnswer } from "./job-api.ts";
import type { ApiReply } from "./connection.ts";
import { failureText } from "./failure.ts";
import { heededMs } from "./pace.ts";

const longestIntervalMs = 15 * 60_000;

/** Protocol section 6.2, in its order: what Job-Status and the coordinator's own 403 say comes before the status. */
export function patchTraceAnswer(reply: ApiReply): PatchTraceAnswer {
  const said = jobAnswer(reply);
  if (reply.kind !== "answer") return { ...said, kind: "failed", reason: failureText(reply) };
  if (said.signal === "abort") return { ...said, kind: "failed", reason: abortReason(reply) };
  if (isPage(reply)) return { ...said, ...pageFailure(reply) };
  switch (reply.status) {
    case 202:
      return { ...said, kind: "accepted" };
    case 404:
      return { ...said, kind: "not-found" };
    case 416:
      return { ...said, kind: "range-mismatch", size: rangeEnd(reply.header("range")) };
    default:
      return { ...said, ...failure(reply) };
  }
}

/** Protocol section 7. A 404 aborts: the coordinator no longer knows the job. */
export function updateJobAnswer(reply: ApiReply): UpdateJobAnswer {
  const said = jobAnswer(reply);
  if (reply.kind === "client-error") return { ...said, signal: "abort", kind: "failed", reason: reply.reason };
  if (reply.kind !== "answer") return { ...said, kind: "failed", reason: failureText(reply) };
  if (said.signal === "abort") return { ...said, kind: "failed", reason: abortReason(reply) };
  if (isPage(reply)) return { ...said, ...pageFailure(reply) };
  switch (reply.status) {
    case 200:
      return { ...said, kind: "accepted" };
    case 202:
      return { ...said, kind: "not-completed" };
    case 412:
      return { ...said, kind: "trace-rejected" };
    case 404:
      return { ...said, signal: "abort", kind: "not-found" };
    default:
      return { ...said, ...failure(reply) };
  }
}

/** X-GitLab-Trace-Update-Interval that is not a number of seconds, for a warning; null when there is nothing to warn of. */
export function intervalProblem(reply: ApiReply): string | null {
  const value = reply.kind === "answer" ? reply.header("x-gitlab-trace-update-interval") : "";
  return value === "" || isInteger(value) ? null : `X-GitLab-Trace-Update-Interval is not a number: ${value}`;
}

type AnsweredReply = Extract<ApiReply, { kind: "answer" }>;

function jobAnswer(reply: ApiReply): JobAnswer {
  if (reply.kind !== "answer") return { signal: "none", updateIntervalMs: null };
  return { signal: jobSignal(reply), updateIntervalMs: updateInterval(reply) };
}

function jobSignal(reply: AnsweredReply): JobSignal {
  const state = reply.header("job-status");
  if (state === "canceled" || state === "failed" || (reply.status === 403 && !isPage(reply))) return "abort";
  return state === "canceling" ? "cancel" : "none";
}

/** 4xx that speak of the moment, the way or the credentials of a proxy, and not of the call. */
const passing = new Set([401, 407, 408, 421, 425, 429]);

function failure(reply: AnsweredReply): JobCallFailed {
  const { status, retryAfterMs } = reply;
  return {
    kind: "failed",
    reason: failureText(reply),
    refused: status >= 400 && status < 500 && !passing.has(status),
    retryAfterMs: heededMs(retryAfterMs ?? 0),
  };
}

/** A page's statuses for a backend that is gone, or a firewall's rule of the moment. */
const passingPages = new Set([403, 404]);

/**
 * A page for people is no word of the API: a proxy without its backend says "404" of a job that the coordinator knows
 * well, a firewall says "403" of one that is ours, and a maintenance page may come with a 200.
 */
export function isPage(reply: AnsweredReply): boolean {
  const type = /^[^;\s]*/.exec(reply.header("content-type").toLowerCase())?.[0] ?? "";
  if (reply.header("job-status") !== "") return false;
  return type === "text/html" || (type === "text/plain" && passingPages.has(reply.status));
}

function pageFailure(reply: AnsweredReply): JobCallFailed {
  const { reason, refused, ...said } = failure(reply);
  return {
    ...said,
    reason: `${reason}, from a proxy and not from the coordinator's API`,
    refused: refused === true && !passingPages.has(reply.status),
  };
}

function abortReason(reply: AnsweredReply): string {
  const state = reply.header("job-status");
  return state === "" ? failureText(reply) : `the coordinator calls the job ${state}`;
}

function updateInterval(reply: AnsweredReply): number | null {
  const value = reply.header("x-gitlab-trace-update-interval");
  if (!isInteger(value) || Number(value) <= 0) return null;
  return Math.min(Number(value) * 1000, longestIntervalMs);
}

function isInteger(value: string): boolean {
  return /^[+-]?\d+$/.test(value);
}

/** `0-<size>`: the end is the number of bytes that the coordinator has, not the position of the last one. */
function rangeEnd(range: string): number {
  return Number(/^[^-]*-(\d{1,15})$/.exec(range)?.[1] ?? 0);
}
