import { roomFor } from "../coordinator/file-room.ts";
import { defaultLimits, type HttpAnswer } from "../coordinator/http.ts";
import { objectVersion } from "../coordinator/object-version.ts";
import type { RequestShape } from "./object-store.ts";
import { refused, type StoreChannel } from "./store-channel.ts";
import { storeError } from "./store-error.ts";

const get: RequestShape = { method: "GET", query: {}, headers: {}, body: null };
const head: RequestShape = { ...get, method: "HEAD" };
const tries = 3;

export interface FoundObject {
  /** "" where the store has none. */
  readonly etag: string;
  readonly bytes: number;
}

export interface StoredObject extends FoundObject {
  /** What its uploader called that upload (see `uploadMark`); "" for one that called it nothing. */
  readonly mark: string;
}

export interface DownloadOptions {
  readonly object: string;
  readonly toFile: string;
  /** Bytes of a piece; a larger object comes in several at once. */
  readonly pieceBytes: number;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** So many more have come. */
  readonly onBytes: (bytes: number) => void;
}

/** Name of an object's metadata by which an uploader knows its own from what somebody else has put in its place since. */
export const uploadMark = "longshoreupload";
const metadataPrefixes = ["x-amz-meta-", "x-goog-meta-", "x-ms-meta-"];

/** null when there is no such object. @throws AgentError CACHE_STORE */
export async function findObject(
  channel: StoreChannel,
  object: string,
  signal: AbortSignal,
): Promise<StoredObject | null> {
  const answer = await channel.send({ object, purpose: "download", shape: head, wanted: null, signal });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw refused("looking for the cache", answer);
  const mark = metadataPrefixes.map((prefix) => answer.header(prefix + uploadMark)).join("");
  return { etag: answer.header("etag"), bytes: Number(answer.header("content-length")) || 0, mark };
}

/** Fetches an object into a file; null when there is none. @throws AgentError CACHE_STORE */
export async function downloadObject(channel: StoreChannel, options: DownloadOptions): Promise<FoundObject | null> {
  for (let attempt = 1; ; attempt++) {
    const found = await downloadPieces(channel, options);
    if (found !== "changed") return found;
    if (attempt === tries) throw storeError("the cache was replaced again and again while it was downloaded");
  }
}

async function downloadPieces(
  channel: StoreChannel,
  options: DownloadOptions,
): Promise<FoundObject | null | "changed"> {
  const { pieceBytes } = options;
  const first = await piece(channel, options, 0, null);
  if (first.status === 404) return null;
  // A store that knows no ranges, or the one object that has none: an empty one.
  if (first.status === 200 || first.status === 416) return downloadWhole(channel, options);
  if (first.status !== 206) throw refused("downloading the cache", first);
  const bytes = Number(/\/(\d+)$/.exec(first.header("content-range"))?.[1] ?? Number.NaN);
  if (Number.isNaN(bytes)) throw storeError("the store did not say how large the cache is");
  await requireRoom(options.toFile, bytes, first.bodyBytes);
  const etag = first.header("etag");
  const version = objectVersion(first);
  if (version === null && bytes > pieceBytes) return downloadWhole(channel, options);
  options.onBytes(first.bodyBytes);
  let next = pieceBytes;
  let isChanged = false;
  const failed = new AbortController();
  const cut = { ...options, signal: AbortSignal.any([options.signal, failed.signal]) };
  const fetchPieces = async () => {
    while (next < bytes && !isChanged) {
      const offset = next;
      next += pieceBytes;
      const answer = await piece(channel, cut, offset, offset);
      if (answer.status === 404 || answer.status === 416) isChanged = true;
      else if (answer.status !== 206) throw refused(`downloading the cache from byte ${offset} on`, answer);
      else if (objectVersion(answer) !== version) isChanged = true;
      else if (answer.bodyBytes !== Math.min(pieceBytes, bytes - offset))
        throw storeError(`the piece of the cache from byte ${offset} on is not as long as it should be`);
      options.onBytes(answer.bodyBytes);
    }
  };
  const work = Array.from({ length: options.concurrency }, () =>
    fetchPieces().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  try {
    await Promise.all(work);
  } finally {
    // The file is somebody else's next: none of these may write to it then.
    await Promise.allSettled(work);
  }
  return isChanged ? "changed" : { etag, bytes };
}

/** Of each piece alone the disk has room for far longer than of all of them. */
async function requireRoom(toFile: string, bytes: number, come: number): Promise<void> {
  const most = Math.min(come + (await roomFor(toFile, defaultLimits.fileBytes)), defaultLimits.fileBytes);
  if (bytes <= most) return;
  throw storeError(
    `the cache has ${bytes} bytes, and may take no more than ${most} of the disk`,
    "Make room on the agent's disk, or keep less in the cache.",
  );
}

function piece(
  channel: StoreChannel,
  { object, toFile, pieceBytes, signal }: DownloadOptions,
  from: number,
  offset: number | null,
): Promise<HttpAnswer> {
  return channel.send({
    object,
    purpose: "download",
    shape: get,
    plainHeaders: { range: `bytes=${from}-${from + pieceBytes - 1}` },
    wanted: 206,
    toFile: { path: toFile, offset },
    signal,
  });
}

async function downloadWhole(
  channel: StoreChannel,
  { object, toFile, signal, onBytes }: DownloadOptions,
): Promise<FoundObject | null> {
  const file = { path: toFile, offset: null };
  const answer = await channel.send({ object, purpose: "download", shape: get, wanted: 200, toFile: file, signal });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw refused("downloading the cache", answer);
  onBytes(answer.bodyBytes);
  return { etag: answer.header("etag"), bytes: answer.bodyBytes };
}
