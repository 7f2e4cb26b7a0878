import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import type { MeasuredCall } from "../../../src/coordinator/metrics.ts";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { instantClock, never, testClient } from "./test-client.ts";

const empty = { status: 204 };

describe("transport retries", () => {
  it.each([408, 429, 500, 502, 503, 504, 520])(
    "asks again after a %i, with the same body, and says so",
    async (status) => {
      await using server = await startServer(inTurn({ status }, empty));
      const answer = await testClient(server.url).requestJob(true, never);
      expect(answer).toMatchObject({ kind: "none", retried: true });
      expect(server.seen.map(({ body }) => body.toString())).toEqual([
        server.seen[0]?.body.toString(),
        server.seen[0]?.body.toString(),
      ]);
    },
  );

  it.each([400, 401, 404, 409, 422, 501, 505])("does not ask again after a %i", async (status) => {
    await using server = await startServer(inTurn({ status }));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", status, retried: false });
    expect(server.seen).toHaveLength(1);
  });

  it("hands the fifth answer over as it is", async () => {
    await using server = await startServer(inTurn(json(503, { message: "maintenance" })));
    const clock = instantClock();
    const answer = await testClient(server.url, { clock }).requestJob(true, never);
    expect(answer).toEqual({
      kind: "unavailable",
      reason: "503 Service Unavailable (maintenance)",
      retried: true,
      retryAfterMs: null,
    });
    expect(server.seen).toHaveLength(5);
    expect(clock.sleeps).toEqual([100, 200, 400, 800]);
  });

  it("waits for Retry-After", async () => {
    await using server = await startServer(inTurn({ status: 429, headers: { "retry-after": "2" } }, empty));
    const clock = instantClock();
    await testClient(server.url, { clock }).requestJob(true, never);
    expect(clock.sleeps).toEqual([2000]);
  });

  it("leaves a long wait for a job to the caller, who then holds no slot", async () => {
    await using server = await startServer(inTurn({ status: 429, headers: { "retry-after": "300" } }));
    const clock = instantClock();
    const answer = await testClient(server.url, { clock }).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", status: 429, retried: true, retryAfterMs: 300_000 });
    expect([server.seen.length, clock.sleeps.length]).toEqual([1, 0]);
  });

  it("leaves a long wait for a job's own calls to the caller too, as far as it is heeded", async () => {
    const clock = instantClock(Date.parse("Wed, 21 Oct 2026 07:28:00 GMT"));
    const headers = { "ratelimit-resettime": "Wed, 21 Oct 2026 07:30:00 GMT" };
    await using server = await startServer(inTurn({ status: 429, headers }, { status: 202 }));
    const api = testClient(server.url, { clock }).jobApi(1, "t");
    expect(await api.patchTrace(0, Buffer.from("x"), false, never)).toMatchObject({
      kind: "failed",
      refused: false,
      retryAfterMs: 25_000,
    });
    expect(clock.sleeps).toEqual([]);
  });

  it("ends the wait when the call is aborted, with the signal's reason", async () => {
    await using server = await startServer(inTurn({ status: 500 }));
    const abort = new AbortController();
    const reason = new Error("stopped");
    const sleep = (_ms: number, signal?: AbortSignal) => {
      abort.abort(reason);
      return Promise.reject(signal?.reason as Error);
    };
    const client = testClient(server.url, { clock: { now: () => 0, monotonic: () => 0, sleep } });
    await expect(client.requestJob(true, abort.signal)).rejects.toBe(reason);
  });

  it("warns of a header that it does not understand", async () => {
    await using server = await startServer(inTurn({ status: 500, headers: { "retry-after": "soon" } }, empty));
    const warnings: string[] = [];
    await testClient(server.url, { warn: (text) => warnings.push(text) }).requestJob(true, never);
    expect(warnings).toEqual(["Retry-After is not a number: soon"]);
  });

  it("does not retry what got no answer", async () => {
    await using server = await startServer((seen) => void seen.incoming.socket.resetAndDestroy());
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", status: null, retried: false });
    expect(server.seen).toHaveLength(1);
  });
});

describe("headers", () => {
  it("come as the protocol has them", async () => {
    await using server = await startServer(inTurn(empty));
    await testClient(server.url).requestJob(true, never);
    const headers = server.seen[0]?.headers;
    expect(headers).toMatchObject({
      "user-agent": "gitlab-runner 19.4.0 (longshore 0.1.0; node v24.0.0; linux/amd64)",
      "content-type": "application/json",
      accept: "application/json",
      "runner-token": "glrt-token12345",
      "x-request-id": expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
    expect(headers).not.toHaveProperty("cookie");
  });

  it("ask for JSON only where an answer is decoded", async () => {
    await using server = await startServer(inTurn({ status: 202 }));
    await testClient(server.url).jobApi(1, "t").patchTrace(0, Buffer.from("x"), false, never);
    expect(server.seen[0]?.headers.accept).not.toBe("application/json");
  });
});

describe("redirects", () => {
  it("repeat method, body and token on the same host", async () => {
    await using server = await startServer(inTurn({ status: 307, headers: { location: "/gitlab/elsewhere" } }, empty));
    expect(await testClient(server.url).requestJob(true, never)).toMatchObject({ kind: "none" });
    const [first, second] = server.seen;
    expect(second).toMatchObject({ method: "POST", url: "/gitlab/elsewhere" });
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers["runner-token"]).toBe("glrt-token12345");
  });

  it("carry no body, hence no token and no log, to another host", async () => {
    await using other = await startServer(inTurn(empty), { host: "localhost" });
    const location = `http://localhost:${other.port}/x`;
    await using server = await startServer(inTurn({ status: 307, headers: { location } }));
    const client = testClient(server.url);
    const job = client.jobApi(1, "t");
    const running = { state: "running", failureReason: "", exitCode: 0, output: null } as const;
    const answers = [
      await client.requestJob(true, never),
      await job.patchTrace(0, Buffer.from("x"), false, never),
      await job.updateJob(running, never),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({
        kind: "failed",
        reason: expect.stringMatching(/was redirected \(307\) to another host, http:..localhost:/) as string,
      });
    expect(other.seen).toHaveLength(0);
  });

  it("end after ten, with a reason", async () => {
    await using server = await startServer(inTurn({ status: 307, headers: { location: "/again" } }));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", status: null, reason: "redirected more than 10 times" });
    expect(server.seen).toHaveLength(11);
  });

  it("are a failure that names the address when they would lose the body", async () => {
    await using server = await startServer(inTurn({ status: 301, headers: { location: "https://new.example.com/" } }));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", reason: "POST was redirected (301) to https://new.example.com" });
  });
});

describe("last_update", () => {
  it("is remembered from any answer of the client, an error included, and never forgotten for an empty one", async () => {
    const at = (value: string) => ({ "x-gitlab-last-update": value });
    const answers = [
      { status: 204, headers: at("one") },
      { status: 202, headers: at("two") },
      { status: 404, headers: at("three") },
      { status: 204, headers: at("") },
      { status: 204 },
    ];
    await using server = await startServer(inTurn(...answers));
    const client = testClient(server.url);
    await client.requestJob(true, never);
    await client.jobApi(1, "t").patchTrace(0, Buffer.from("x"), false, never);
    await client.requestJob(true, never);
    await client.requestJob(true, never);
    await client.requestJob(true, never);
    const sent = server.seen.filter(({ url }) => url === "/api/v4/jobs/request");
    expect(sent.map(({ body }) => (JSON.parse(body.toString()) as { last_update?: string }).last_update)).toEqual([
      undefined,
      "two",
      "three",
      "three",
    ]);
  });

  it("is not sent when the request must not be held", async () => {
    await using server = await startServer(inTurn({ status: 204, headers: { "x-gitlab-last-update": "one" } }));
    const client = testClient(server.url);
    await client.requestJob(true, never);
    await client.requestJob(false, never);
    expect(server.json()).not.toHaveProperty("last_update");
  });
});

it("counts statuses, failures and attempts", async () => {
  await using server = await startServer(inTurn({ status: 500 }, empty));
  const calls: MeasuredCall[] = [];
  const attempts: unknown[] = [];
  const metrics = {
    call: (call: MeasuredCall) => calls.push(call),
    attempts: (...args: unknown[]) => attempts.push(args),
  };
  await testClient(server.url, { metrics }).requestJob(true, never);
  await testClient("http://127.0.0.1:1", { metrics }).jobApi(7, "t").patchTrace(0, Buffer.from("x"), false, never);
  expect(calls).toEqual([
    { endpoint: "request_job", method: "post", status: 204, seconds: 0.1 },
    { endpoint: "patch_trace", method: "patch", status: -1, seconds: 0 },
  ]);
  expect(attempts).toEqual([
    ["/api/v4/jobs/request", "post", 2],
    ["/api/v4/jobs/{id}/trace", "patch", 1],
  ]);
});

it("sends again at once on a new connection when the kept-alive one was closed by the server", async () => {
  await using server = await startServer((seen, response) => {
    if (server.seen.length === 2) return void seen.incoming.socket.resetAndDestroy();
    response.writeHead(204).end();
  });
  const client = testClient(server.url);
  await client.requestJob(true, never);
  expect(await client.requestJob(true, never)).toMatchObject({ kind: "none" });
  expect(server.seen).toHaveLength(3);
});

it("keeps connections alive, and drops idle ones that are older than connection_max_age", async () => {
  await using server = await startServer(inTurn(empty));
  const clock = instantClock();
  const client = testClient(server.url, { clock, connectionMaxAgeMs: 1000 });
  await client.requestJob(true, never);
  await client.requestJob(true, never);
  await clock.sleep(1001);
  await client.requestJob(true, never);
  const ports = server.seen.map(({ incoming }) => incoming.socket.remotePort ?? incoming.socket);
  expect(ports[1]).toBe(ports[0]);
  expect(server.seen[2]?.incoming.socket).not.toBe(server.seen[1]?.incoming.socket);
});

it("leaves no listener behind on a signal that outlives the call", async () => {
  await using server = await startServer(inTurn(empty));
  const { signal } = new AbortController();
  const client = testClient(server.url);
  for (let count = 0; count < 20; count++) await client.requestJob(true, signal);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
