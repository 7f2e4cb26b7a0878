import { describe, expect, it } from "vitest";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { instantClock, never, testClient } from "./test-client.ts";

const job = {
  id: 42,
  token: "glcbt-secret",
  job_info: { name: "test", stage: "test", project_id: 7 },
  git_info: { repo_url: "https://gitlab.example.com/a.git", sha: "abc" },
  runner_info: { timeout: 3600 },
  something_new: true,
};

describe("the request", () => {
  it("carries info, token and system id, and no session", async () => {
    await using server = await startServer(inTurn({ status: 204 }));
    await testClient(`${server.url}/sub/ci/`).requestJob(true, never);
    expect(server.seen[0]).toMatchObject({ method: "POST", url: "/sub/api/v4/jobs/request" });
    const body = server.json();
    expect(Object.keys(body)).toEqual(["info", "token", "system_id"]);
    expect(body).toMatchObject({ token: "glrt-token12345", system_id: "s_0123456789ab", info: { executor: "docker" } });
  });
});

describe("the answer", () => {
  it("201 is a job, with the server's correlation id", async () => {
    await using server = await startServer(inTurn(json(201, job, { "x-request-id": "theirs" })));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({
      kind: "job",
      job: { id: 42, token: "glcbt-secret", variables: [], job_info: { project_id: 7 } },
      correlationId: "theirs",
      tls: { caChain: "", cert: "", key: "" },
      retried: false,
    });
  });

  it("201 says when the job was asked for and when it was there", async () => {
    await using server = await startServer(inTurn({ status: 500 }, json(201, job)));
    const clock = instantClock(1_000);
    const answer = await testClient(server.url, { clock }).requestJob(true, never);
    const waited = clock.sleeps.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThan(0);
    expect(answer).toMatchObject({ askedAt: 1_000, receivedAt: 1_000 + waited });
  });

  it("201 without X-Request-Id has our own correlation id", async () => {
    await using server = await startServer(inTurn(json(201, job)));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer.kind === "job" && answer.correlationId).toBe(server.seen[0]?.headers["x-request-id"]);
  });

  it.each([
    [204, "none"],
    [403, "forbidden"],
    [503, "unavailable"],
    ...[200, 202, 400, 401, 404, 409, 422, 429, 500, 502].map((status) => [status, "failed"] as const),
  ] as const)("%i is %s", async (status, kind) => {
    await using server = await startServer(inTurn({ status }));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject(kind === "failed" ? { kind, status } : { kind });
  });

  it("403 with a page for people says nothing about the token", async () => {
    await using server = await startServer(
      inTurn({ status: 403, headers: { "content-type": "text/html" }, body: "<html>blocked</html>" }),
    );
    expect(await testClient(server.url).requestJob(true, never)).toMatchObject({ kind: "failed", status: 403 });
  });

  it.each([400, 403, 409, 503])("%i carries the coordinator's words", async (status) => {
    await using server = await startServer(inTurn(json(status, { message: "why" })));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ reason: expect.stringContaining("(why)") as string });
  });

  it("of a refused connection is a failure with the address", async () => {
    const answer = await testClient("http://127.0.0.1:1").requestJob(true, never);
    expect(answer).toMatchObject({ kind: "failed", status: null, reason: "connection refused by 127.0.0.1:1" });
  });

  it("of an unusable URL is a client error", async () => {
    const answer = await testClient("ftp://gitlab.example.com").requestJob(true, never);
    expect(answer).toMatchObject({ kind: "client-error", reason: expect.stringContaining('"ftp"') as string });
  });

  it.each([
    ["no JSON", { status: 201, headers: { "content-type": "text/html" }, body: "<html>" }],
    ["broken JSON", { status: 201, headers: { "content-type": "application/json" }, body: '{"id":42,"token":"t"' }],
    ["nothing", { status: 201 }],
    ["a job without token", json(201, { ...job, token: undefined })],
    ["a list", json(201, [job])],
  ])("201 with %s is a failure", async (_what, scripted) => {
    await using server = await startServer(inTurn(scripted));
    expect(await testClient(server.url).requestJob(true, never)).toMatchObject({ kind: "failed", status: null });
  });

  it("201 with a payload of the wrong shape keeps id and token, so that the job can be given back", async () => {
    const secret = "hunter2";
    const odd = { ...job, variables: [{ key: "A", value: { secret } }], steps: "none", git_info: null };
    await using server = await startServer(inTurn(json(201, odd)));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({ kind: "malformed", id: 42, token: "glcbt-secret" });
    const problem = answer.kind === "malformed" ? answer.problem : "";
    expect(problem).toMatch(/variables\.0\.value: .*steps: /s);
    expect(problem).not.toContain(secret);
  });

  it("201 with the wrong content type is no job, but is given back", async () => {
    const scripted = { status: 201, headers: { "content-type": "text/plain" }, body: JSON.stringify(job) };
    await using server = await startServer(inTurn(scripted));
    const answer = await testClient(server.url).requestJob(true, never);
    expect(answer).toMatchObject({
      kind: "malformed",
      id: 42,
      problem: expect.stringContaining("text/plain") as string,
    });
  });

  it("tells of a slow-down on the way to a job", async () => {
    await using server = await startServer(inTurn({ status: 429 }, json(201, job)));
    expect(await testClient(server.url).requestJob(true, never)).toMatchObject({ kind: "job", retried: true });
  });
});
