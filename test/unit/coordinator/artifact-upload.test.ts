import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ArtifactUpload } from "../../../src/coordinator/artifact-upload.ts";
import { authority } from "./certificates.ts";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { tempDir } from "./temp-dir.ts";
import { instantClock, never, noTls, testClient } from "./test-client.ts";

const content = "PK-content\r\n--with--\r\n";

function upload(overrides: Partial<ArtifactUpload> = {}): ArtifactUpload {
  return {
    jobId: 5,
    token: "glcbt-t",
    expireIn: "",
    format: "",
    type: "",
    filename: "artifacts.zip",
    open: () => Readable.from([Buffer.from(content.slice(0, 5)), Buffer.from(content.slice(5))]),
    signal: never,
    ...overrides,
  };
}

async function parsed(body: Buffer, contentType: string | undefined): Promise<File> {
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType ?? "" } }).formData();
  expect([...form.keys()]).toEqual(["file"]);
  return form.get("file") as File;
}

describe("the request", () => {
  it("is one chunked part named file, without empty query values", async () => {
    await using server = await startServer(inTurn({ status: 201 }));
    expect(await testClient(server.url).uploadArtifact(upload())).toEqual({ kind: "uploaded" });
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: "POST", url: "/api/v4/jobs/5/artifacts" });
    expect(seen?.headers).toMatchObject({ "job-token": "glcbt-t", "transfer-encoding": "chunked" });
    expect(seen?.headers).not.toHaveProperty("content-length");
    const file = await parsed(seen?.body ?? Buffer.of(), seen?.headers["content-type"]);
    expect([file.name, await file.text()]).toEqual(["artifacts.zip", content]);
  });

  it("carries expiry, format and type, and a filename with quotes", async () => {
    await using server = await startServer(inTurn({ status: 201 }));
    const odd = upload({ expireIn: "1 week", format: "raw", type: "junit", filename: 'a"b\r\n.xml' });
    await testClient(server.url).uploadArtifact(odd);
    const [seen] = server.seen;
    expect(seen?.url).toBe("/api/v4/jobs/5/artifacts?expire_in=1+week&artifact_format=raw&artifact_type=junit");
    expect((await parsed(seen?.body ?? Buffer.of(), seen?.headers["content-type"])).name).toBe('a"b\r\n.xml');
  });

  it("streams: what the server has not taken is not read either", async () => {
    let produced = 0;
    const chunk = Buffer.alloc(64 * 1024);
    async function* endless() {
      for (;;) {
        produced += chunk.length;
        yield chunk;
      }
    }
    const abort = new AbortController();
    await using server = await startServer(() => {}, { readBody: false });
    const open = () => Readable.from(endless(), { objectMode: false });
    const done = testClient(server.url).uploadArtifact(upload({ open, signal: abort.signal }));
    let before = -1;
    while (produced !== before || produced === 0) {
      before = produced;
      for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    }
    expect(produced).toBeLessThan(64 * 1024 * 1024);
    const reason = new Error("stopped");
    abort.abort(reason);
    await expect(done).rejects.toBe(reason);
  });
});

describe("the answer", () => {
  it.each([
    [403, { kind: "forbidden", reason: "403 Forbidden (why)" }, 1],
    [413, { kind: "too-large", reason: expect.stringContaining("413") as string }, 1],
    [400, { kind: "failed", status: 400 }, 3],
    [405, { kind: "failed", status: 405 }, 3],
  ])("%i is %o after %i tries", async (status, expected, tries) => {
    await using server = await startServer(inTurn(json(status, { message: "why" })));
    expect(await testClient(server.url).uploadArtifact(upload())).toMatchObject(expected);
    expect(server.seen).toHaveLength(tries);
  });

  it("503 is tried six times, each with the transport's own five attempts", async () => {
    await using server = await startServer(inTurn({ status: 503 }));
    const clock = instantClock();
    const answer = await testClient(server.url, { clock }).uploadArtifact(upload());
    expect(answer).toMatchObject({ kind: "failed", status: 503 });
    expect(server.seen).toHaveLength(30);
    expect(clock.sleeps.filter((ms) => ms >= 1000)).toEqual([2000, 4000, 5000, 5000, 5000]);
  });

  it("500 is tried three times, with the whole body each time", async () => {
    await using server = await startServer(inTurn({ status: 500 }));
    const retries: string[] = [];
    const answer = await testClient(server.url).uploadArtifact(upload(), (reason) => retries.push(reason));
    expect(answer).toMatchObject({ kind: "failed", status: 500 });
    expect(server.seen).toHaveLength(15);
    expect(new Set(server.seen.map(({ body }) => body.length)).size).toBe(1);
    expect(retries).toEqual(["500 Internal Server Error", "500 Internal Server Error"]);
  });

  it("of a broken connection is tried three times", async () => {
    await using server = await startServer((seen) => void seen.incoming.socket.resetAndDestroy());
    expect(await testClient(server.url).uploadArtifact(upload())).toMatchObject({ kind: "failed", status: null });
    expect(server.seen).toHaveLength(3);
  });

  it("that comes before the body is through counts", async () => {
    await using server = await startServer(
      (_seen, response) => {
        response.writeHead(413, { connection: "close" });
        response.end();
      },
      { readBody: false },
    );
    const open = () =>
      Readable.from(
        Array.from({ length: 500 }, () => Buffer.alloc(64 * 1024)),
        { objectMode: false },
      );
    expect(await testClient(server.url).uploadArtifact(upload({ open }))).toMatchObject({ kind: "too-large" });
  });
});

describe("a redirect", () => {
  it("to the same endpoint elsewhere takes the upload there, with its token", async () => {
    await using primary = await startServer(inTurn({ status: 201 }), { host: "localhost" });
    const location = `http://localhost:${primary.port}/api/v4/jobs/5/artifacts?signed=yes`;
    await using server = await startServer(inTurn({ status: 307, headers: { location } }));
    const clock = instantClock();
    expect(await testClient(server.url, { clock }).uploadArtifact(upload({ type: "junit" }))).toEqual({
      kind: "uploaded",
    });
    const [seen] = primary.seen;
    expect(seen?.url).toBe("/api/v4/jobs/5/artifacts?artifact_type=junit");
    expect(seen?.headers["job-token"]).toBe("glcbt-t");
    expect((await parsed(seen?.body ?? Buffer.of(), seen?.headers["content-type"])).size).toBe(content.length);
  });

  it.each(["/login", "http://localhost:1/collect", "http://localhost:1/api/v4/jobs/6/artifacts", ""])(
    "to %j is refused",
    async (location) => {
      await using server = await startServer(inTurn({ status: 307, headers: { location } }));
      expect(await testClient(server.url).uploadArtifact(upload())).toMatchObject({ kind: "failed", status: 307 });
      expect(server.seen).toHaveLength(1);
    },
  );

  it("from https to http is refused", async () => {
    await using dir = await tempDir();
    const ca = await authority();
    const location = "http://localhost:1/api/v4/jobs/5/artifacts";
    const tls = await ca.issue();
    await using server = await startServer(inTurn({ status: 307, headers: { location } }), { tls });
    const client = testClient(server.url, { tls: { ...noTls, caFile: await dir.write("ca.crt", ca.cert) } });
    expect(await client.uploadArtifact(upload())).toMatchObject({ kind: "failed", status: 307 });
  });

  it("in a circle ends, because each counts as a try", async () => {
    await using server = await startServer(inTurn({ status: 307, headers: { location: "/api/v4/jobs/5/artifacts" } }));
    expect(await testClient(server.url).uploadArtifact(upload())).toMatchObject({ kind: "failed", status: 307 });
    expect(server.seen).toHaveLength(3);
  });
});

describe("content that cannot be read", () => {
  const broken = async function* () {
    yield Buffer.from("begin");
    throw new Error("the archive broke");
  };

  it.each([
    ["breaks off", () => Readable.from(broken(), { objectMode: false })],
    [
      "cannot be opened",
      () => {
        throw new Error("the archive broke");
      },
    ],
  ])("because it %s fails at once, with its own reason", async (_what, open) => {
    await using server = await startServer(inTurn({ status: 201 }));
    const answer = await testClient(server.url).uploadArtifact(upload({ open }));
    expect(answer).toMatchObject({
      kind: "failed",
      status: null,
      reason: "the body could not be read: the archive broke",
    });
  });

  it("is let go of, even when it never ends", async () => {
    await using server = await startServer(inTurn({ status: 400 }), { readBody: false });
    const opened: Readable[] = [];
    const open = () => {
      const stream = new Readable({ read() {} });
      opened.push(stream);
      return stream;
    };
    await testClient(server.url).uploadArtifact(upload({ open }));
    await testClient("http://127.0.0.1:1").uploadArtifact(upload({ open }));
    await new Promise(setImmediate);
    expect(opened.map(({ destroyed }) => destroyed)).toEqual(Array.from({ length: 6 }, () => true));
  });
});

describe("limits of its own", () => {
  it("end the wait for an answer", async () => {
    await using server = await startServer(() => {});
    const limits = { wholeMs: 60_000, headerMs: 50 };
    const answer = await testClient(server.url).uploadArtifact(upload({ limits }));
    expect(answer).toMatchObject({ kind: "failed", status: null });
  });

  it("may be longer than the connection's", async () => {
    await using server = await startServer((_seen, response) => {
      setTimeout(() => response.writeHead(201).end(), 200);
    });
    const client = testClient(server.url, { limits: { headerMs: 50 } });
    const limits = { wholeMs: 60_000, headerMs: 60_000 };
    expect(await client.uploadArtifact(upload({ limits }))).toEqual({ kind: "uploaded" });
  });
});

it("tells who asks what each try was answered: header and the beginning of the body", async () => {
  const long = { status: 400, headers: { "x-proxy": "cache 7" }, body: "no".repeat(400) };
  await using server = await startServer(inTurn(long, { status: 201, body: "{}" }));
  const details: string[] = [];
  await testClient(server.url).uploadArtifact(upload(), undefined, (text) => details.push(text));
  expect(details).toHaveLength(2);
  expect(details[0]).toMatch(/^127\.0\.0\.1:\d+ answered 400 Bad Request\n/);
  expect(details[0]).toContain("\n  x-proxy: cache 7\n");
  expect(details[0]).toContain(`\n  body: ${"no".repeat(256)}...`);
  expect(details[1]).toContain("\n  body: {}");
});
