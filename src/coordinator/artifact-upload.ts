import type { Readable } from "node:stream";
import type { Clock } from "../support/clock.ts";
import type { ApiReply, Connection } from "./connection.ts";
import { answerDetails } from "./answer-details.ts";
import { failureText } from "./failure.ts";
import type { HttpLimits } from "./http.ts";
import { multipartFile } from "./multipart.ts";
import { isInternal } from "./redirect.ts";

export interface ArtifactUpload {
  readonly jobId: number;
  readonly token: string;
  /** "" is left out of the query. */
  readonly expireIn: string;
  readonly format: string;
  readonly type: string;
  readonly filename: string;
  /** The content from its first byte, each time it is called: a retry sends it again. */
  readonly open: () => Readable;
  readonly signal: AbortSignal;
  /** Of one try, and of the wait for its answer once all is sent; default: the connection's. */
  readonly limits?: Pick<HttpLimits, "wholeMs" | "headerMs">;
}

/** Protocol section 9.1. */
export type UploadAnswer =
  | { readonly kind: "uploaded" }
  | { readonly kind: "forbidden"; readonly reason: string }
  | { readonly kind: "too-large"; readonly reason: string }
  | { readonly kind: "failed"; readonly status: number | null; readonly reason: string };

export interface UploadOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  /** Before each try but the first, for the job's log. */
  readonly onRetry?: (reason: string) => void;
  /** With what was answered to a try, header and the body's beginning; default: nobody wants to know. */
  readonly onAnswer?: (details: string) => void;
}

const tries = 3;
/** A coordinator in maintenance comes back. */
const triesUnavailable = 6;

/** Sends one artifact as a stream; never holds more of it than the buffers of a connection. Rejects only with the signal's reason. */
export async function uploadArtifact(options: UploadOptions, upload: ArtifactUpload): Promise<UploadAnswer> {
  const { clock, connection, random, onRetry, onAnswer } = options;
  const multipart = multipartFile(upload.filename);
  const endpoint = `jobs/${upload.jobId}/artifacts`;
  let path = `${endpoint}${query(upload)}`;
  for (let attempt = 1; ; attempt++) {
    const reply = await connection.send(
      {
        method: "POST",
        path,
        headers: { "job-token": upload.token, "content-type": multipart.contentType },
        body: () => multipart.frame(upload.open()),
        wanted: null,
        redirects: "manual",
        endpoint: null,
        ...(upload.limits ? { ownLimits: upload.limits } : {}),
      },
      upload.signal,
    );
    if (reply.kind === "answer") onAnswer?.(answerDetails(reply));
    const final = outcome(reply);
    if (final !== null) return final;
    const status = reply.kind === "answer" ? reply.status : null;
    let reason = failureText(reply);
    if (reply.kind === "answer" && status === 307) {
      const target = redirectTarget(reply.header("location"), endpoint, connection.base);
      if (target === null)
        return { kind: "failed", status, reason: "redirected to an address that is not an artifact's" };
      path = `${target}${query(upload)}`;
      reason = `redirected to ${new URL(target).origin}`;
    }
    if (attempt >= (status === 503 ? triesUnavailable : tries)) return { kind: "failed", status, reason };
    onRetry?.(reason);
    await clock.sleep(pause(attempt, random()), upload.signal);
  }
}

/** null: worth another try. */
function outcome(reply: ApiReply): UploadAnswer | null {
  const reason = failureText(reply);
  // An archive that cannot be read now will not be readable in a second.
  if (reply.kind === "local" || reply.kind === "client-error") return { kind: "failed", status: null, reason };
  if (reply.kind !== "answer") return null;
  if (reply.status === 201) return { kind: "uploaded" };
  if (reply.status === 403) return { kind: "forbidden", reason };
  if (reply.status === 413) return { kind: "too-large", reason };
  return null;
}

/**
 * Where a 307 sends the upload: the same endpoint on another host, as a Geo secondary answers with its primary.
 * The job's token goes there because the coordinator itself, asked over its API, named that very endpoint; anything else
 * (another path, or https given up) gets no token, hence no upload.
 */
function redirectTarget(location: string, endpoint: string, base: URL | null): string | null {
  if (base === null) return null;
  let url: URL;
  try {
    url = new URL(location, new URL(endpoint, base));
  } catch {
    return null;
  }
  const weaker = base.protocol === "https:" && url.protocol !== "https:";
  const web = url.protocol === "http:" || url.protocol === "https:";
  if (isInternal(url.hostname) && !isInternal(base.hostname)) return null;
  if (location === "" || weaker || !web || !url.pathname.endsWith(`/api/v4/${endpoint}`)) return null;
  return `${url.origin}${url.pathname}`;
}

function query({ expireIn, format, type }: ArtifactUpload): string {
  const params = new URLSearchParams();
  if (expireIn !== "") params.set("expire_in", expireIn);
  if (format !== "") params.set("artifact_format", format);
  if (type !== "") params.set("artifact_type", type);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** 1 s doubled per try up to 5 s, in the upper half of which the wait falls. */
function pause(attempt: number, random: number): number {
  return Math.max(1000, Math.min(1000 * 2 ** attempt, 5000) * (0.5 + random / 2));
}
