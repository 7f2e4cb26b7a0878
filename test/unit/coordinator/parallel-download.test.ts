import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentPool } from "../../../src/coordinator/agents.ts";
import { Connection } from "../../../src/coordinator/connection.ts";
import { defaultLimits } from "../../../src/coordinator/http.ts";
import { type CallMetrics, noCallMetrics } from "../../../src/coordinator/metrics.ts";
import { downloadInParallel } from "../../../src/coordinator/parallel-download.ts";
import { TlsFiles } from "../../../src/coordinator/tls-files.ts";
import { apiBase } from "../../../src/coordinator/url.ts";
import { type ScriptedServer, type Seen, startServer } from "./scripted-server.ts";
import { tempDir, type TempDir } from "./temp-dir.ts";
import { instantClock, never, noTls, testClient } from "./test-client.ts";
import type { ServerResponse } from "node:http";

const content = randomBytes(10_000);
let dir: TempDir;
let toFile: string;

beforeEach(async () => {
  dir = await tempDir();
  toFile = `${dir.path}/artifacts`;
});
afterEach(() => dir[Symbol.asyncDispose]());

function connection(url: string, metrics: CallMetrics = noCallMetrics): Connection {
  const clock = instantClock();
  const agents = new AgentPool({ tls: new TlsFiles(noTls, "127.0.0.1"), env: {}, clock });
  const [warn, random] = [() => {}, () => 1];
  const shared = { agents, userAgent: "test", clock, limits: defaultLimits, metrics, warn, random };
  return new Connection({ base: apiBase(url), ...shared });
}

/** As object storage answers; what it was asked for is in `seen`. */
function serveRange(seen: Seen, response: ServerResponse, version: Record<string, string> = { etag: '"1"' }): void {
  const [, first = 0, last = 0] = (/^bytes=(\d+)-(\d+)$/.exec(seen.headers.range ?? "") ?? []).map(Number);
  response.writeHead(206, { "content-range": `bytes ${first}-${last}/${content.length}`, ...version });
  response.end(content.subarray(first, last + 1));
}

const fetchFrom = (server: ScriptedServer, more: { signal?: AbortSignal } = {}, metrics = noCallMetrics) =>
  downloadInParallel(connection(server.url, metrics), {
    location: new URL(`${server.url}/bucket/key?signature=s`),
    toFile,
    signal: never,
    chunkBytes: 3000,
    streams: 3,
    ...more,
  });

describe("a download in pieces", () => {
  it("leaves no path of the object storage in the metrics", async () => {
    await using server = await startServer((seen, response) => serveRange(seen, response));
    const paths: string[] = [];
    await fetchFrom(server, {}, { call: () => {}, attempts: (path) => paths.push(path) });
    await connection(server.url, { call: () => {}, attempts: (path) => paths.push(path) }).send(
      { method: "GET", path: "jobs/7/artifacts", headers: {}, body: null, wanted: null, endpoint: null },
      never,
    );
    expect(paths).toEqual(["/api/v4/jobs/{id}/artifacts"]);
  });

  it("puts them together whatever their order, and tells the address no token", async () => {
    await using server = await startServer((seen, response) => serveRange(seen, response));
    expect(await fetchFrom(server)).toEqual({ bytes: content.length, host: `127.0.0.1:${server.port}` });
    expect(content.equals(await readFile(toFile))).toBe(true);
    const ranges = new Set(server.seen.map(({ headers }) => headers.range));
    expect(ranges).toEqual(
      new Set(["bytes=0-0", "bytes=0-2999", "bytes=3000-5999", "bytes=6000-8999", "bytes=9000-9999"]),
    );
    expect(server.seen.every(({ headers }) => headers["job-token"] === undefined)).toBe(true);
  });

  it.each([
    ["the server knows nothing of ranges", (_: Seen, response: ServerResponse) => void response.end(content)],
    [
      "the server doesn't say how much there is",
      (_: Seen, response: ServerResponse) => void response.writeHead(206).end("x"),
    ],
    [
      "a piece is refused",
      (seen: Seen, response: ServerResponse) =>
        seen.headers.range === "bytes=3000-5999" ? void response.writeHead(403).end() : serveRange(seen, response),
    ],
    [
      "a piece is too short",
      (seen: Seen, response: ServerResponse) =>
        seen.headers.range === "bytes=3000-5999"
          ? void response.writeHead(206).end("short")
          : serveRange(seen, response),
    ],
    [
      "a piece is of another version, by its ETag",
      (seen: Seen, response: ServerResponse) =>
        serveRange(seen, response, { etag: seen.headers.range === "bytes=3000-5999" ? '"2"' : '"1"' }),
    ],
    [
      "a piece is of another version, by Google's generation",
      (seen: Seen, response: ServerResponse) =>
        serveRange(seen, response, {
          etag: '"1"',
          "x-goog-generation": seen.headers.range === "bytes=3000-5999" ? "8" : "7",
        }),
    ],
    [
      "nothing says of which version a piece is",
      (seen: Seen, response: ServerResponse) => serveRange(seen, response, {}),
    ],
    [
      "the ETag does not stand for every byte",
      (seen: Seen, response: ServerResponse) => serveRange(seen, response, { etag: 'W/"1"' }),
    ],
  ])("is none when %s", async (_, respond) => {
    await using server = await startServer(respond);
    expect(await fetchFrom(server)).toBeNull();
  });

  it("is none for what is no longer than one piece", async () => {
    await using server = await startServer((seen, response) => {
      response.writeHead(206, { "content-range": "bytes 0-0/3000" }).end("x");
      expect(seen.headers.range).toBe("bytes=0-0");
    });
    expect(await fetchFrom(server)).toBeNull();
    expect(server.seen).toHaveLength(1);
  });

  it("ends with the signal's reason", async () => {
    const abort = new AbortController();
    await using server = await startServer((seen, response) => {
      if (seen.headers.range === "bytes=6000-8999") abort.abort(new Error("stopped"));
      else serveRange(seen, response);
    });
    await expect(fetchFrom(server, { signal: abort.signal })).rejects.toThrow("stopped");
  });
});

describe("FF_USE_PARALLEL_ARTIFACT_TRANSFER", () => {
  const download = (url: string) =>
    testClient(url).downloadArtifact({ jobId: 4, token: "dep-t", direct: true, parallel: true, toFile, signal: never });

  it("takes what the coordinator itself answers", async () => {
    await using server = await startServer((_seen, response) => void response.end("PK-content"));
    expect(await download(server.url)).toMatchObject({ kind: "downloaded", bytes: 10 });
    expect(server.seen.map(({ url }) => url)).toEqual(["/api/v4/jobs/4/artifacts?direct_download=true"]);
  });

  it("fetches what is small in one stream, by the coordinator's redirect", async () => {
    await using storage = await startServer(
      (seen, response) => (seen.headers.range === undefined ? void response.end(content) : serveRange(seen, response)),
      { host: "localhost" },
    );
    const location = `http://localhost:${storage.port}/bucket`;
    await using server = await startServer((_seen, response) => void response.writeHead(302, { location }).end());
    expect(await download(server.url)).toMatchObject({ kind: "downloaded", bytes: content.length });
    expect(storage.seen.map(({ headers }) => headers.range)).toEqual(["bytes=0-0", undefined]);
    expect(storage.seen.every(({ headers }) => headers["job-token"] === undefined)).toBe(true);
  });

  it.each([401, 403, 404])("lets %i be final", async (status) => {
    await using server = await startServer((_seen, response) => void response.writeHead(status).end());
    expect(await download(server.url)).toMatchObject({ kind: status === 404 ? "not-found" : "forbidden" });
    expect(server.seen).toHaveLength(1);
  });
});
