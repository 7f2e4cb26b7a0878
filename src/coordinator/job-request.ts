import { isPage } from "./job-answer.ts";
import { z } from "zod";
import type { Clock } from "../support/clock.ts";
import type { AskLimits } from "./ask-limits.ts";
import type { ApiReply, Connection } from "./connection.ts";
import { failureText } from "./failure.ts";
import type { RunnerInfo } from "./info.ts";
import { jobPayloadSchema, type JobPayload } from "./job-payload.ts";
import { jsonBody } from "./json-body.ts";
import { decodeJson } from "./response-text.ts";
import type { TlsFiles } from "./tls-files.ts";
import { tokenText } from "./token-text.ts";

/** PEM texts for the job's CI_SERVER_TLS_* file variables and git's settings (protocol section 1.5); "" where there is none. */
export interface JobTls {
  /** The configured tls-ca-file, or else the authorities above the server's certificate. */
  readonly caChain: string;
  readonly cert: string;
  readonly key: string;
}

/** A job as it was handed out, and what only its answer knows. */
export interface ReceivedJob {
  readonly kind: "job";
  readonly job: JobPayload;
  readonly tls: JobTls;
  /** For git's X-Gitaly-Correlation-ID header. */
  readonly correlationId: string;
  /** When it was asked for, and when the answer was in: `Clock.monotonic`. */
  readonly askedAt: number;
  readonly receivedAt: number;
}

/** A job whose payload cannot be used, but which the coordinator believes to be with us: it must be reported failed. */
export interface MalformedJob {
  readonly kind: "malformed";
  readonly id: number;
  readonly token: string;
  /** What is wrong, by field; without the values. */
  readonly problem: string;
}

/** What a request came to, whatever it took (protocol section 3). */
type Outcome =
  | ReceivedJob
  | MalformedJob
  | { readonly kind: "none" }
  | { readonly kind: "forbidden"; readonly reason: string }
  | { readonly kind: "client-error"; readonly reason: string }
  /** 503 after all attempts. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** Everything else; status null when there was no usable answer. */
  | { readonly kind: "failed"; readonly status: number | null; readonly reason: string };

/** Only "forbidden" and "client-error" speak against the health of the [[runners]] entry. */
export type JobRequestAnswer = Outcome & {
  /** A status asked to slow down on the way: the signal of the adaptive request concurrency (section 4.4). */
  readonly retried: boolean;
  /** The coordinator asked for a pause of this many milliseconds; null when it named none. */
  readonly retryAfterMs: number | null;
};

export interface JobRequestOptions {
  readonly connection: Connection;
  readonly info: RunnerInfo;
  readonly token: string;
  readonly systemId: string;
  readonly tlsFiles: TlsFiles;
  readonly clock: Pick<Clock, "monotonic">;
  readonly limits: AskLimits;
}

/**
 * Asks for one job.
 *
 * @param longPoll whether the coordinator may hold the request until there is something new: it does so only for a
 *   request that says what was seen last, so without it the answer comes at once.
 */
export async function requestJob(
  options: JobRequestOptions,
  longPoll: boolean,
  signal: AbortSignal,
): Promise<JobRequestAnswer> {
  const { connection, info, token, systemId, clock, limits } = options;
  const lastUpdate = longPoll && limits.mayHold ? connection.lastUpdate : "";
  const { body, headers } = jsonBody({
    info,
    token,
    system_id: systemId,
    ...(lastUpdate === "" ? {} : { last_update: lastUpdate }),
  });
  const askedAt = clock.monotonic();
  const reply = await connection.send(
    {
      method: "POST",
      path: "jobs/request",
      headers: { ...headers, "runner-token": token, accept: "application/json" },
      body,
      wanted: 201,
      endpoint: "request_job",
      longestRetryMs,
      limits: limits.of(lastUpdate !== ""),
    },
    signal,
  );
  limits.learn(lastUpdate !== "", reply, clock.monotonic() - askedAt);
  const answer = await outcome(reply, options, { askedAt, receivedAt: clock.monotonic() });
  return { ...answer, retried: reply.retried, retryAfterMs: reply.retryAfterMs };
}

/** Longer pauses are the caller's, who gives its slot back meanwhile. */
const longestRetryMs = 2_000;

type AskTimes = Pick<ReceivedJob, "askedAt" | "receivedAt">;

async function outcome(reply: ApiReply, options: JobRequestOptions, times: AskTimes): Promise<Outcome> {
  const reason = failureText(reply);
  if (reply.kind === "client-error") return { kind: "client-error", reason };
  if (reply.kind !== "answer") return { kind: "failed", status: null, reason };
  switch (reply.status) {
    case 201:
      return await received(reply, options, times);
    case 204:
      return { kind: "none" };
    case 403:
      // A firewall or a maintenance page says nothing about the token.
      return isPage(reply) ? { kind: "failed", status: 403, reason } : { kind: "forbidden", reason };
    case 503:
      return { kind: "unavailable", reason };
    default:
      return { kind: "failed", status: reply.status, reason };
  }
}

/** All that is needed to give a job back. */
const claim = z.object({ id: z.number().int().positive(), token: tokenText });

async function received(
  reply: Extract<ApiReply, { kind: "answer" }>,
  options: JobRequestOptions,
  times: AskTimes,
): Promise<Outcome> {
  const { status, statusText, body, chain, correlationId } = reply;
  const decoded = decodeJson({ status, statusText, body, contentType: reply.header("content-type") });
  if (!decoded.ok) return unusable(unlabelled(body), decoded.problem);
  const payload = jobPayloadSchema.safeParse(decoded.value);
  if (payload.success) {
    return { kind: "job", job: payload.data, tls: await jobTls(options.tlsFiles, chain), correlationId, ...times };
  }
  return unusable(decoded.value, issuesText(payload.error));
}

function unusable(value: unknown, problem: string): Outcome {
  const claimed = claim.safeParse(value);
  if (claimed.success) return { kind: "malformed", ...claimed.data, problem };
  return { kind: "failed", status: null, reason: `the job cannot be read: ${problem}` };
}

/** What stands in a body whose content type is wrong: not trusted as a job, but enough to give the job back. */
function unlabelled(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return null;
  }
}

async function jobTls(files: TlsFiles, chain: string): Promise<JobTls> {
  try {
    const { ca, cert, key } = await files.current();
    return cert === "" || key === ""
      ? { caChain: ca || chain, cert: "", key: "" }
      : { caChain: ca || chain, cert, key };
  } catch {
    // The files went away between the handshake and now; the next call says so.
    return { caChain: chain, cert: "", key: "" };
  }
}

/** zod's messages name types and paths, never the value that was found. */
function issuesText(error: z.ZodError): string {
  const shown = error.issues.slice(0, 5).map(({ path, message }) => `${path.join(".") || "the body"}: ${message}`);
  const more = error.issues.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
