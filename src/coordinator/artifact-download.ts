import type { Clock } from "../support/clock.ts";
import type { Connection } from "./connection.ts";
import { failureText } from "./failure.ts";

export interface ArtifactDownload {
  /** Of the job whose artifacts are wanted, and its own download token. */
  readonly jobId: number;
  readonly token: string;
  /** FF_USE_DIRECT_DOWNLOAD: let the coordinator send us to its object storage. Only tried once. */
  readonly direct: boolean;
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
    const query = download.direct && attempt === 1 ? "?direct_download=true" : "";
    const reply = await connection.send(
      {
        method: "GET",
        path: `jobs/${download.jobId}/artifacts${query}`,
        headers: { "job-token": download.token },
        body: null,
        wanted: 200,
        toFile: download.toFile,
        endpoint: null,
      },
      download.signal,
    );
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
