import { readFile, stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { tempDir, type TempDir } from "./temp-dir.ts";
import { instantClock, never, testClient } from "./test-client.ts";

let dir: TempDir;
let toFile: string;

beforeEach(async () => {
  dir = await tempDir();
  toFile = `${dir.path}/artifacts`;
});
afterEach(() => dir[Symbol.asyncDispose]());

const download = (url: string, overrides = {}, clock = instantClock()) =>
  testClient(url, { clock }).downloadArtifact({
    jobId: 4,
    token: "dep-t",
    direct: true,
    toFile,
    signal: never,
    ...overrides,
  });

const zip = { status: 200, body: "PK-content" };

it("asks for a direct download with the dependency's token, and stores the body for the agent alone", async () => {
  await using server = await startServer(inTurn(zip));
  const answer = await download(server.url);
  expect(answer).toEqual({ kind: "downloaded", bytes: 10, host: `127.0.0.1:${server.port}` });
  expect(server.seen[0]).toMatchObject({ method: "GET", url: "/api/v4/jobs/4/artifacts?direct_download=true" });
  expect(server.seen[0]?.headers["job-token"]).toBe("dep-t");
  expect(await readFile(toFile, "utf8")).toBe("PK-content");
  expect((await stat(toFile)).mode & 0o777).toBe(0o600);
});

it("asks for none when it is switched off", async () => {
  await using server = await startServer(inTurn(zip));
  await download(server.url, { direct: false });
  expect(server.seen[0]?.url).toBe("/api/v4/jobs/4/artifacts");
});

it.each([302, 307])("follows a %i to object storage without the token", async (status) => {
  await using storage = await startServer(inTurn(zip), { host: "localhost" });
  const location = `http://localhost:${storage.port}/bucket/key?X-Amz-Signature=s`;
  await using server = await startServer(inTurn({ status, headers: { location } }));
  expect(await download(server.url)).toEqual({ kind: "downloaded", bytes: 10, host: `localhost:${storage.port}` });
  expect(storage.seen[0]?.url).toBe("/bucket/key?X-Amz-Signature=s");
  expect(storage.seen[0]?.headers).not.toHaveProperty("job-token");
});

it("lets the coordinator pass the body through when object storage is out of reach", async () => {
  await using server = await startServer((seen, response) => {
    if (seen.url.includes("direct_download")) response.writeHead(302, { location: "http://127.0.0.1:1/bucket" }).end();
    else response.end("PK-content");
  });
  const clock = instantClock();
  expect(await download(server.url, {}, clock)).toMatchObject({ kind: "downloaded", bytes: 10 });
  expect(clock.sleeps).toEqual([1000]);
});

describe("the answer", () => {
  it.each([
    [401, { kind: "forbidden" }, 1],
    [403, { kind: "forbidden" }, 1],
    [404, { kind: "not-found" }, 1],
    [400, { kind: "failed", status: 400 }, 3],
    [500, { kind: "failed", status: 500 }, 15],
  ])("%i is %o after %i requests", async (status, expected, requests) => {
    await using server = await startServer(inTurn({ status }));
    expect(await download(server.url)).toMatchObject(expected);
    expect(server.seen).toHaveLength(requests);
  });

  it.each([
    [json(403, { message: "no" }), "403 Forbidden (no)"],
    [
      {
        status: 403,
        headers: { "content-type": "application/xml" },
        body: "<Error><Code>AccessDenied</Code><Message>vpc</Message></Error>",
      },
      "403 Forbidden (AccessDenied: vpc)",
    ],
  ])("of a refusal carries its words", async (scripted, reason) => {
    await using server = await startServer(inTurn(scripted));
    expect(await download(server.url)).toEqual({ kind: "forbidden", reason });
  });
});

it("begins the file anew after a body that broke off", async () => {
  await using server = await startServer((seen, response) => {
    if (server.seen.length > 1) return void response.end("PK");
    response.writeHead(200, { "content-length": "100" });
    response.write("longer than the second", () => void seen.incoming.socket.resetAndDestroy());
  });
  expect(await download(server.url)).toMatchObject({ kind: "downloaded", bytes: 2 });
  expect(await readFile(toFile, "utf8")).toBe("PK");
});

it("fails at once, with a reason, when the file cannot be written", async () => {
  await using server = await startServer(inTurn(zip));
  const answer = await download(server.url, { toFile: `${dir.path}/missing/file` });
  expect(answer).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("could not be written: ENOENT") as string,
  });
  expect(server.seen).toHaveLength(1);
});

it("stores a compressed body as it came", async () => {
  await using server = await startServer(inTurn({ ...zip, headers: { "content-encoding": "gzip" } }));
  await download(server.url);
  expect(await readFile(toFile, "utf8")).toBe("PK-content");
});

it("stops when it is aborted", async () => {
  const abort = new AbortController();
  const reason = new Error("stopped");
  await using server = await startServer((_seen, response) => {
    response.writeHead(200);
    response.write("PK", () => abort.abort(reason));
  });
  await expect(download(server.url, { signal: abort.signal })).rejects.toBe(reason);
});
