import { Agent } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultLimits, exchange } from "../../../src/coordinator/http.ts";
import { startServer } from "./scripted-server.ts";
import { never, testClient } from "./test-client.ts";

const job = JSON.stringify({ id: 1, token: "t" });
const asJson = { "content-type": "application/json" };

it("has the reference client's limits", () => {
  expect(defaultLimits).toMatchObject({ connectMs: 30_000, tlsMs: 10_000, headerMs: 600_000, wholeMs: 3_600_000 });
});

const call = { method: "GET", headers: {}, body: null, wanted: 200, toFile: null, signal: never };

describe("a server that", () => {
  it("is never connected to is given up with a reason", async () => {
    // A name server that never answers.
    const http = new Agent({ lookup: () => {} });
    const limits = { ...defaultLimits, connectMs: 30 };
    const route = { http, proxy: null };
    const answer = await exchange({ ...call, url: new URL("http://gitlab.test/"), limits, route });
    expect(answer).toMatchObject({ kind: "network", code: "ETIMEDOUT" });
    expect(answer).toMatchObject({ reason: expect.stringContaining("'lookup'") as string });
  });

  it("takes connections and speaks no TLS is given up with a reason", async () => {
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const url = new URL(`https://127.0.0.1:${(mute.address() as AddressInfo).port}/`);
    const answer = await exchange({ ...call, url, limits: { ...defaultLimits, tlsMs: 30 }, route: { proxy: null } });
    mute.close();
    expect(answer).toMatchObject({ reason: expect.stringContaining("'secureConnect'") as string });
  });

  it("packs its answer is understood", async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(201, { ...asJson, "content-encoding": "gzip" }).end(gzipSync(job));
    });
    expect(await testClient(server.url).requestJob(true, never)).toMatchObject({ kind: "malformed", id: 1 });
    expect(server.seen[0]?.headers["accept-encoding"]).toContain("gzip");
  });

  it("never answers is given up with a reason", async () => {
    await using server = await startServer(() => {});
    const answer = await testClient(server.url, { limits: { headerMs: 30 } })
      .jobApi(1, "t")
      .patchTrace(0, Buffer.from("x"), false, never);
    expect(answer).toMatchObject({ kind: "failed", reason: expect.stringContaining("timed out") as string });
  });

  it("stops in the middle of a job is given up", async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(201, asJson);
      response.write('{"id":');
    });
    const answer = await testClient(server.url, { limits: { bodyIdleMs: 30 } }).requestJob(true, never);
    expect(answer).toMatchObject({
      kind: "failed",
      status: null,
      reason: expect.stringContaining("timed out") as string,
    });
  });

  it("resets in the middle of a job is a failure and no job", async () => {
    await using server = await startServer((seen, response) => {
      response.writeHead(201, { ...asJson, "content-length": "1000" });
      response.write(job, () => void seen.incoming.socket.resetAndDestroy());
    });
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({
      kind: "failed",
      status: null,
      reason: expect.stringContaining("closed before") as string,
    });
  });

  it("sends an endless job is cut off at the limit", async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(201, asJson);
      pour(response);
    });
    const answer = await testClient(server.url, { limits: { bodyBytes: 1_000_000 } }).requestJob(true, never);
    expect(answer).toMatchObject({
      kind: "failed",
      status: null,
      reason: expect.stringContaining("longer than 1000000") as string,
    });
  });

  it("sends a job byte by byte, without end, is given up when all of its time is over", async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(201, asJson);
      const drip = setInterval(() => response.write(" "), 5);
      response.once("close", () => clearInterval(drip));
    });
    const limits = { wholeMs: 100, bodyIdleMs: 60 };
    const answer = await testClient(server.url, { limits }).requestJob(true, never);
    expect(answer).toMatchObject({
      kind: "failed",
      status: null,
      reason: expect.stringContaining("timed out") as string,
    });
  });

  it("sends its header byte by byte is given up when the header's time is over", async () => {
    await using server = await startServer(() => {});
    server.server.removeAllListeners("connection");
    server.server.on("connection", (socket) => {
      socket
        .resume()
        .on("error", () => {})
        .write("HTTP/1.1 204 No Content\r\nX-A: ");
      const drip = setInterval(() => socket.write("a"), 5);
      socket.once("close", () => clearInterval(drip));
    });
    const answer = await testClient(server.url, { limits: { headerMs: 100 } }).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", reason: expect.stringContaining("'response'") as string });
  });

  it("sends an endless error keeps its status", async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(404, asJson);
      pour(response);
    });
    expect(await testClient(server.url).requestJob(true, never)).toMatchObject({ kind: "failed", status: 404 });
  });

  it("never ends an accepted trace's answer has accepted it nevertheless", async () => {
    await using server = await startServer((_seen, response) => {
      response.writeHead(202);
      response.write("..");
    });
    const api = testClient(server.url, { limits: { textMs: 30 } }).jobApi(1, "t");
    expect(await api.patchTrace(0, Buffer.from("x"), false, never)).toMatchObject({ kind: "accepted" });
  });

  it("resets after an accepted trace's header has accepted it nevertheless", async () => {
    await using server = await startServer((seen, response) => {
      response.writeHead(202, { "content-length": "1000" });
      response.write("..", () => void seen.incoming.socket.resetAndDestroy());
    });
    const api = testClient(server.url).jobApi(1, "t");
    expect(await api.patchTrace(0, Buffer.from("x"), false, never)).toMatchObject({ kind: "accepted" });
  });

  it("does not speak HTTP is named as such", async () => {
    await using server = await startServer(() => {});
    server.server.removeAllListeners("connection");
    server.server.on("connection", (socket) => void socket.resume().end("SSH-2.0-OpenSSH_9.2\r\n"));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", reason: expect.stringContaining("does not speak HTTP") as string });
  });
});

it("bytes are sent with their length, and whole", async () => {
  await using server = await startServer((_seen, response) => void response.writeHead(202).end());
  const bytes = Buffer.alloc(1024 * 1024, "x");
  await testClient(server.url).jobApi(1, "t").patchTrace(0, bytes, false, never);
  const [seen] = server.seen;
  expect(seen?.headers["content-length"]).toBe(String(bytes.length));
  expect(seen?.headers["transfer-encoding"]).toBeUndefined();
  expect(seen?.body.equals(bytes)).toBe(true);
});

describe("an aborted call", () => {
  it("rejects with the signal's reason while the server thinks", async () => {
    const abort = new AbortController();
    const reason = new Error("stopped");
    await using server = await startServer(() => abort.abort(reason));
    await expect(testClient(server.url).requestJob(true, abort.signal)).rejects.toBe(reason);
  });

  it("is not sent when the signal was aborted before", async () => {
    await using server = await startServer((_seen, response) => void response.end());
    const reason = new Error("stopped");
    await expect(testClient(server.url).requestJob(true, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.seen).toHaveLength(0);
  });

  it("rejects while a job is being received", async () => {
    const abort = new AbortController();
    const reason = new Error("stopped");
    await using server = await startServer((_seen, response) => {
      response.writeHead(201, asJson);
      response.write("{", () => abort.abort(reason));
    });
    await expect(testClient(server.url).requestJob(true, abort.signal)).rejects.toBe(reason);
  });
});

function pour(response: NodeJS.WritableStream): void {
  const chunk = Buffer.alloc(64 * 1024, 0x20);
  const more = () => {
    while (response.write(chunk));
  };
  response.on("drain", more);
  more();
}
