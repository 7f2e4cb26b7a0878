import { posix } from "node:path";
import { shortToken } from "../coordinator/token.ts";
import type { PlanInput } from "./plan-input.ts";
import type { Variables } from "./variables.ts";

/** How a job's caches go to a remote store and come from it. Whose it is, and its keys, are the agent's own affair. */
export interface RemoteCachePlan {
  /** Of every object's name, with a slash at its end. */
  readonly prefix: string;
  /** Larger archives are not uploaded, in bytes; null for no limit. */
  readonly maxArchiveBytes: number | null;
  /** For all tries of fetching, or of storing, one cache. */
  readonly timeoutSeconds: number;
  readonly format: CacheFormat;
  /** CACHE_COMPRESSION_LEVEL: fastest, fast, default, slow or slowest; anything else is the default. */
  readonly level: string;
  /** What is transferred in one piece. */
  readonly pieceBytes: number;
  /** Pieces under way at once. */
  readonly concurrency: number;
}

export type CacheFormat = "zip" | "zipzstd" | "tarzstd";

const formats: readonly string[] = ["zip", "zipzstd", "tarzstd"];
const usualTimeoutMinutes = 10;
/** A week: stores take no address that is signed for longer. */
const mostTimeoutMinutes = 7 * 24 * 60;
const usualPieceBytes = 16 * 1024 * 1024;
/** S3 takes no smaller parts, but for the last one. */
const leastPieceBytes = 5 * 1024 * 1024;
const mostPieceBytes = 128 * 1024 * 1024;
const usualConcurrency = 4;
const mostConcurrency = 16;

/** null where caches stay on the daemon. */
export function planRemoteCache({ runner, payload }: PlanInput, variables: Variables): RemoteCachePlan | null {
  const { cache, token } = runner;
  if (cache === null || cache.Type === "") return null;
  const format = variables.get("CACHE_COMPRESSION_FORMAT").toLowerCase();
  const number = (key: string) => {
    const text = variables.get(key).trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : 0;
  };
  const most = cache.MaxUploadedArchiveSize || number("CACHE_MAX_UPLOADED_ARCHIVE_SIZE");
  const own = cache.Shared ? "" : posix.join("runner", shortToken(token));
  return {
    prefix: `${posix.join(cleanPath(cache.Path), own, "project", String(payload.job_info.project_id))}/`,
    maxArchiveBytes: most > 0 ? most : null,
    timeoutSeconds: Math.min(number("CACHE_REQUEST_TIMEOUT") || usualTimeoutMinutes, mostTimeoutMinutes) * 60,
    format: formats.includes(format) ? (format as CacheFormat) : "zip",
    level: variables.get("CACHE_COMPRESSION_LEVEL"),
    pieceBytes: Math.min(Math.max(number("CACHE_CHUNK_SIZE") || usualPieceBytes, leastPieceBytes), mostPieceBytes),
    concurrency: Math.min(number("CACHE_CONCURRENCY") || usualConcurrency, mostConcurrency),
  };
}

/** Without a way up, and without a slash in front, which some stores take for a part of the name. */
function cleanPath(path: string): string {
  return posix.normalize(`/${path}`).slice(1);
}
