import type { Clock } from "../support/clock.ts";
import type { ApiReply, Connection } from "./connection.ts";
import { failureText } from "./failure.ts";
import { downloadInParallel } from "./parallel-download.ts";
import { isRedirect, redirectStep } from "./redirect.ts";

export interface ArtifactDownload {
  /** Of the job whose artifacts are wanted, and its own download token. */
  readonly jobId: number;
  readonly token: string;
  /** FF_USE_DIRECT_DOWNLOAD: let the coordinator send us to its object storage. Only tried once. */
  readonly direct: boolean;
  /** FF_USE_PARALLEL_ARTIFACT_TRANSFER: from object storage in pieces, several at once; default false. */
  readonly parallel?: boolean;
  /** Written from its first byte at each try; what is there after a failure is of no use. */
  readonly toFile: string;
  readonly signal: AbortSignal;
}

/** Protocol section 9.2. "forbidden" (401, 403) and "not-found" are final. */
export type DownloadAnswer =
  | { readonly kind: "downloaded"; readonly bytes: number; readonly host: string }
  | { readonly kind: "forbidden"; readonly reason: string }
  | { readonly kind: "not-found"; readonly reason: string }
  | { readonly kind: "failed"; readonly status: number | null; readonly reason: string };

export interface DownloadOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Before each try but the first, for the job's log. */
  readonly onRetry?: (reason: string) => void;
}

const tries = 3;
const pauseMs = 1000;

/** Fetches one archive into a file, as a stream. Rejects only with the signal's reason. */
export async function downloadArtifact(options: DownloadOptions, download: ArtifactDownload): Promise<DownloadAnswer> {
  const { clock, connection, onRetry } = options;
  for (let attempt = 1; ; attempt++) {
    // Object storage may be out of this machine's reach: later tries let the coordinator pass the body through.
    const isDirect = download.direct && attempt === 1;
    const found = isDirect && download.parallel === true ? await inPieces(connection, download) : null;
    if (found !== null && !("reply" in found)) return { kind: "downloaded", ...found };
    const reply = found?.reply ?? (await ask(connection, download, isDirect, "follow"));
    const reason = failureText(reply);
    const status = reply.kind === "answer" ? reply.status : null;
    if (reply.kind === "answer") {
      if (status === 200) return { kind: "downloaded", bytes: reply.bodyBytes, host: reply.host };
      if (status === 401 || status === 403) return { kind: "forbidden", reason };
      if (status === 404) return { kind: "not-found", reason };
    }
    const hopeless = reply.kind === "local" || reply.kind === "client-error";
    if (hopeless || attempt === tries) return { kind: "failed", status, reason };
    onRetry?.(reason);
    await clock.sleep(pauseMs, download.signal);
  }
}

function ask(connection: Connection, download: ArtifactDownload, isDirect: boolean, redirects: "follow" | "manual") {
  return connection.send(
    {
      method: "GET",
      path: `${endpointOf(download)}${isDirect ? direct : ""}`,
      headers: { "job-token": download.token },
      body: null,
      wanted: 200,
      toFile: download.toFile,
      redirects,
      endpoint: null,
    },
    download.signal,
  );
}

const direct = "?direct_download=true";

function endpointOf({ jobId }: ArtifactDownload): string {
  return `jobs/${jobId}/artifacts`;
}

/** What object storage gave, or the coordinator's own answer; null: it is to be asked once more, and its redirect followed. */
async function inPieces(
  connection: Connection,
  download: ArtifactDownload,
): Promise<{ readonly bytes: number; readonly host: string } | { readonly reply: ApiReply } | null> {
  const reply = await ask(connection, download, true, "manual");
  if (reply.kind !== "answer" || !isRedirect(reply.status) || connection.base === null) return { reply };
  const url = new URL(endpointOf(download) + direct, connection.base);
  const request = { method: "GET", url, headers: {}, hasBody: false };
  const step = redirectStep(request, reply.status, reply.header("location"));
  if (step.kind === "refuse") return null;
  return downloadInParallel(connection, { location: step.url, toFile: download.toFile, signal: download.signal });
}
