import { createReadStream } from "node:fs";
import { Refusal, type Answer } from "../answer.ts";
import type { Endpoint } from "../exchange.ts";
import type { StoredArtifact } from "../job-record.ts";
import { tokensOf } from "../request-body.ts";

/**
 * GET jobs/<id>/artifacts (protocol 9.2). The token is that of the job asked for, as it stands in the payload's
 * dependencies; 302 to a place without tokens when the coordinator plays object storage and the client asks for it.
 */
export const downloadArtifacts: Endpoint = async ({ request, params, url }, state) => {
  const tokens = tokensOf(request, url.searchParams.get("token") ?? url.searchParams.get("job_token") ?? undefined);
  const job = state.jobs.get(Number(params[0]));
  if (job === undefined || !(tokens.includes(job.downloadToken) || tokens.includes(job.token))) {
    throw new Refusal(403, "403 Forbidden");
  }
  const archive = job.artifactByType.get("archive");
  if (archive === undefined) throw new Refusal(404, "404 Not Found");
  if (state.settings.redirectDownloads && url.searchParams.get("direct_download") === "true") {
    const location = new URL(`/object-storage/${job.id}/${archive.sha256}`, state.settings.externalUrl);
    return { status: 302, headers: { Location: location.href } };
  }
  return fileAnswer(archive);
};

/** The stand-in for object storage: the address itself is the secret. */
export const objectStorage: Endpoint = async ({ params, request }, state) => {
  const archive = state.jobs.get(Number(params[0]))?.artifactByType.get("archive");
  if (archive === undefined || archive.sha256 !== params[1]) throw new Refusal(404, "404 Not Found");
  const range = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(request.headers.range ?? "");
  return range === null ? fileAnswer(archive) : rangeAnswer(archive, Number(range[1]), Number(range[2]));
};

function rangeAnswer({ path, size, sha256 }: StoredArtifact, first: number, last: number): Answer {
  const end = Math.min(last, size - 1);
  if (first > end) return { status: 416, headers: { "Content-Range": `bytes */${size}` } };
  return {
    status: 206,
    headers: {
      "Content-Range": `bytes ${first}-${end}/${size}`,
      "Content-Length": String(end - first + 1),
      ETag: `"${sha256}"`,
    },
    stream: createReadStream(path, { start: first, end }),
  };
}

function fileAnswer(artifact: StoredArtifact): Answer {
  return {
    status: 200,
    headers: {
      "Content-Type": "application/octet-stream",
      "Content-Length": String(artifact.size),
      "Content-Disposition": `attachment; filename="${artifact.filename.replace(/[^\w.-]/g, "_")}"`,
    },
    stream: createReadStream(artifact.path),
  };
}
