import { createHash, randomBytes } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Refusal, type Answer } from "../answer.ts";
import { isKnownArtifact } from "../artifact-types.ts";
import { parseDotenvReport } from "../dotenv.ts";
import { authenticateJob, requireRunning, type Endpoint, type Exchange } from "../exchange.ts";
import { boundaryOf, MultipartError, parseMultipart } from "../multipart.ts";
import { bodyOf, tokensOf } from "../request-body.ts";

interface Received {
  readonly filename: string;
  readonly size: number;
  readonly sha256: string;
}

/** POST jobs/<id>/artifacts (protocol 9.1): one part named `file`, streamed to the disk. */
export const uploadArtifacts: Endpoint = async (exchange, state): Promise<Answer> => {
  const { request, params, url } = exchange;
  const job = authenticateJob(state, params[0], tokensOf(request, url.searchParams.get("token") ?? undefined));
  requireRunning(job);
  const type = url.searchParams.get("artifact_type") || "archive";
  const format = url.searchParams.get("artifact_format") || "zip";
  if (!isKnownArtifact(type, format)) {
    throw new Refusal(400, "400 Bad request - Invalid file format with specified file type");
  }
  const path = join(job.directory, "artifacts", type);
  const upload = `${path}.${randomBytes(4).toString("hex")}.upload`;
  try {
    const received = await receive(exchange, upload, state.settings.maxArtifactBytes);
    const present = job.artifactByType.get(type);
    if (present !== undefined && present.sha256 !== received.sha256) {
      throw new Refusal(400, "400 Bad request - another artifact of the same type already exists");
    }
    if (type === "dotenv" && parseDotenvReport(await readFile(upload)) === null) {
      throw new Refusal(400, "400 Bad request - Invalid Format");
    }
    if (present === undefined) {
      await rename(upload, path);
      const expireIn = url.searchParams.get("expire_in") ?? "";
      job.artifactByType.set(type, { type, format, path, expireIn, ...received });
      state.events.emit("artifact-stored", { jobId: job.id, type, size: received.size });
    }
    return { status: 201, headers: { "Job-Status": job.wireStatus }, json: { message: "201 Created" } };
  } finally {
    await rm(upload, { force: true });
  }
};

async function receive({ request }: Exchange, path: string, limit: number): Promise<Received> {
  const boundary = boundaryOf(request.headers["content-type"]);
  if (boundary === null) throw new Refusal(400, "400 Bad request - the body is not multipart/form-data");
  const hash = createHash("sha256");
  let filename: string | null = null;
  let size = 0;
  await using file = await open(path, "w", 0o600);
  try {
    for await (const event of parseMultipart(bodyOf(request), boundary)) {
      if (event.kind === "part") {
        if (event.name !== "file" || filename !== null) throw new Refusal(400, "400 Bad request - unexpected part");
        filename = event.filename;
      } else if (event.kind === "data") {
        size += event.bytes.length;
        if (size > limit) throw new Refusal(413, "413 Request Entity Too Large");
        hash.update(event.bytes);
        await file.appendFile(event.bytes);
      }
    }
  } catch (error) {
    if (error instanceof MultipartError) throw new Refusal(400, `400 Bad request - ${error.message}`);
    throw error;
  }
  if (!filename) throw new Refusal(400, "400 Bad request - file is invalid");
  return { filename, size, sha256: hash.digest("hex") };
}
