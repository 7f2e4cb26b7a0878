import { open } from "node:fs/promises";
import type { ApiAnswer, ApiReply, Connection } from "./connection.ts";
import { roomFor } from "./file-room.ts";
import { objectVersion } from "./object-version.ts";

export interface ParallelDownload {
  /** Where a direct download was sent to; the address itself is the permission. */
  readonly location: URL;
  readonly toFile: string;
  readonly signal: AbortSignal;
  /** Default 16 MiB. */
  readonly chunkBytes?: number;
  /** Default 16. */
  readonly streams?: number;
}

/**
 * FF_USE_PARALLEL_ARTIFACT_TRANSFER: fetches a file in pieces, several at once, all of one version. null: it can't be
 * had in that way, or is too small for it, and is still to be fetched. Rejects only with the signal's reason.
 */
export async function downloadInParallel(
  connection: Connection,
  { location, toFile, signal, chunkBytes = 16 * 1024 * 1024, streams = 16 }: ParallelDownload,
): Promise<{ readonly bytes: number; readonly host: string } | null> {
  const part = (first: number, last: number, place: { toFile?: string; fileOffset?: number }, abort: AbortSignal) =>
    connection.send(
      {
        method: "GET",
        path: location.href,
        headers: { range: `bytes=${first}-${last}` },
        body: null,
        wanted: 206,
        endpoint: null,
        ...place,
      },
      abort,
    );
  const probe = await part(0, 0, {}, signal);
  const bytes = isPartial(probe) ? total(probe) : null;
  if (!isPartial(probe) || bytes === null || bytes <= chunkBytes) return null;
  const version = objectVersion(probe);
  if (version === null) return null;
  if (!(await isMade(toFile, bytes))) return null;

  const failed = new AbortController();
  const any = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const work = async () => {
    while (next < bytes && !any.aborted) {
      const first = next;
      next = Math.min(first + chunkBytes, bytes);
      const size = next - first;
      const reply = await part(first, first + size - 1, { toFile, fileOffset: first }, any);
      const isOfIt = isPartial(reply) && reply.bodyBytes === size && objectVersion(reply) === version;
      if (!isOfIt) failed.abort(new Error("a piece could not be had"));
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: streams }, work));
  signal.throwIfAborted();
  const isWhole = !failed.signal.aborted && ended.every(({ status }) => status === "fulfilled");
  return isWhole ? { bytes, host: probe.host } : null;
}

function isPartial(reply: ApiReply): reply is ApiReply & ApiAnswer {
  return reply.kind === "answer" && reply.status === 206;
}

/** Of `Content-Range: bytes 0-0/TOTAL`; null when it isn't said. */
function total(answer: ApiAnswer): number | null {
  const digits = /^bytes \d+-\d+\/(\d{1,15})$/i.exec(answer.header("content-range").trim())?.[1];
  return digits === undefined ? null : Number(digits);
}

/** An empty file for the pieces, where the disk has room for all of them. */
async function isMade(path: string, bytes: number): Promise<boolean> {
  try {
    if ((await roomFor(path, bytes)) < bytes) return false;
    await (await open(path, "w", 0o600)).close();
    return true;
  } catch {
    return false;
  }
}
