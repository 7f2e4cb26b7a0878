import { describe, expect, it } from "vitest";
import type { JobUpdate } from "../../../src/coordinator/job-api.ts";
import { inTurn, json, startServer } from "./scripted-server.ts";
import { never, testClient } from "./test-client.ts";

type Headers = Record<string, string>;

const bytes = Buffer.from("héllo");
const running: JobUpdate = { state: "running", failureReason: "", exitCode: 0, output: null };

async function patch(status: number, headers: Headers = {}) {
  await using server = await startServer(inTurn({ status, headers }));
  return await testClient(server.url).jobApi(5, "glcbt-t").patchTrace(10, bytes, false, never);
}

async function update(status: number, headers: Headers = {}) {
  await using server = await startServer(inTurn({ status, headers }));
  return await testClient(server.url).jobApi(5, "glcbt-t").updateJob(running, never);
}

describe("a trace patch", () => {
  it.each([true, false])("is sent as raw bytes with an inclusive range (debug trace %s)", async (debug) => {
    await using server = await startServer(inTurn({ status: 202 }));
    await testClient(server.url).jobApi(5, "glcbt-t").patchTrace(10, bytes, debug, never);
    const [seen] = server.seen;
    expect(seen).toMatchObject({ method: "PATCH", url: `/api/v4/jobs/5/trace?debug_trace=${debug}` });
    expect(seen?.body).toEqual(bytes);
    expect(seen?.headers).toMatchObject({
      "job-token": "glcbt-t",
      "content-type": "text/plain",
      "content-range": "10-15",
      "content-length": "6",
    });
  });

  it.each([
    [202, { kind: "accepted", signal: "none" }],
    [404, { kind: "not-found", signal: "none" }],
    [403, { kind: "failed", signal: "abort" }],
    [200, { kind: "failed", signal: "none" }],
    [400, { kind: "failed", signal: "none" }],
    [500, { kind: "failed", signal: "none" }],
  ])("answered %i is %o", async (status, expected) => {
    expect(await patch(status)).toMatchObject(expected);
  });

  it.each([
    ["0-1234", 1234],
    ["0-0", 0],
    ["5-17", 17],
    ["", 0],
    ["1234", 0],
    ["0-x", 0],
    ["0-1-2", 0],
    ["bytes 0-5", 5],
  ])("answered 416 with Range %j goes on from %i", async (range, size) => {
    expect(await patch(416, range === "" ? {} : { range })).toMatchObject({ kind: "range-mismatch", size });
  });

  it.each(["canceled", "failed"])("answered with Job-Status %s aborts, whatever the status", async (state) => {
    for (const status of [202, 404, 416]) {
      const answer = await patch(status, { "job-status": state, range: "0-3" });
      expect(answer).toMatchObject({
        kind: "failed",
        signal: "abort",
        reason: `the coordinator calls the job ${state}`,
      });
    }
  });

  it.each([
    [200, "text/html"],
    [202, "text/html; charset=utf-8"],
    [403, "text/html"],
    [403, "text/plain"],
    [404, "text/html"],
    [404, "text/plain; charset=utf-8"],
    [416, "text/html"],
  ])("answered %i with a page (%s) has reached a proxy and no coordinator", async (status, type) => {
    expect(await patch(status, { "content-type": type })).toMatchObject({
      kind: "failed",
      signal: "none",
      reason: expect.stringContaining("from a proxy") as string,
    });
  });

  it.each([400, 405, 409, 413, 422])("answered %i is refused, which no time changes", async (status) => {
    expect(await patch(status)).toMatchObject({ kind: "failed", refused: true });
  });

  it.each([400, 405, 413])(
    "answered %i with a page is refused by whoever answers, which no time changes",
    async (status) => {
      expect(await patch(status, { "content-type": "text/html" })).toMatchObject({ signal: "none", refused: true });
    },
  );

  it.each([403, 404])("answered %i with a page may pass: a maintenance ends", async (status) => {
    expect(await patch(status, { "content-type": "text/html" })).toMatchObject({ signal: "none", refused: false });
  });

  it("answered 403 in the coordinator's words aborts", async () => {
    expect(await patch(403, { "content-type": "application/json" })).toMatchObject({ signal: "abort" });
    expect(await patch(403, { "content-type": "text/html", "job-status": "success" })).toMatchObject({
      signal: "abort",
    });
  });

  it.each([401, 407, 500, 503, 302])("answered %i may pass", async (status) => {
    expect(await patch(status)).toMatchObject({ kind: "failed", refused: false });
  });

  it("answered with Job-Status canceling asks for a cancel and counts as it would", async () => {
    expect(await patch(202, { "job-status": "canceling" })).toMatchObject({ kind: "accepted", signal: "cancel" });
    expect(await patch(404, { "job-status": "canceling" })).toMatchObject({ kind: "not-found", signal: "cancel" });
    expect(await patch(403, { "job-status": "canceling" })).toMatchObject({ signal: "abort" });
  });

  it("that gets no answer is a failure with a reason and no signal", async () => {
    const answer = await testClient("http://127.0.0.1:1").jobApi(5, "t").patchTrace(0, bytes, false, never);
    expect(answer).toEqual({
      kind: "failed",
      signal: "none",
      updateIntervalMs: null,
      reason: "connection refused by 127.0.0.1:1",
    });
  });
});

describe("X-GitLab-Trace-Update-Interval", () => {
  it.each([
    ["3", 3000],
    ["60", 60_000],
    ["900", 900_000],
    ["100000", 900_000],
    ["0", null],
    ["-3", null],
    ["3.5", null],
    ["soon", null],
  ])("%s is %s", async (value, expected) => {
    const header = { "x-gitlab-trace-update-interval": value };
    expect(await patch(202, header)).toMatchObject({ updateIntervalMs: expected });
    expect(await update(200, header)).toMatchObject({ updateIntervalMs: expected });
  });

  it("is warned of when it is not a number, and only then", async () => {
    const warnings: string[] = [];
    const headers = (value: string) => ({ status: 202, headers: { "x-gitlab-trace-update-interval": value } });
    await using server = await startServer(inTurn(headers("soon"), headers("-3"), { status: 202 }));
    const api = testClient(server.url, { warn: (text) => warnings.push(text) }).jobApi(5, "t");
    for (let count = 0; count < 3; count++) await api.patchTrace(0, bytes, false, never);
    expect(warnings).toEqual(["Job 5: X-GitLab-Trace-Update-Interval is not a number: soon"]);
  });
});

describe("a job update", () => {
  it("of a running job has no output, no reason and no exit code", async () => {
    await using server = await startServer(inTurn({ status: 200 }));
    await testClient(server.url).jobApi(5, "glcbt-t").updateJob(running, never);
    expect(server.seen[0]).toMatchObject({ method: "PUT", url: "/api/v4/jobs/5" });
    expect(server.seen[0]?.headers["job-token"]).toBe("glcbt-t");
    expect(Object.keys(server.json()).toSorted()).toEqual(["info", "state", "token"]);
    expect(server.json()).toMatchObject({ state: "running", token: "glcbt-t", info: { name: "gitlab-runner" } });
  });

  it("of a failed job says why, how, and what its log amounts to", async () => {
    await using server = await startServer(inTurn({ status: 200 }));
    const output = { checksum: "crc32:00000001", bytesize: 12 };
    const failed: JobUpdate = { state: "failed", failureReason: "script_failure", exitCode: 3, output };
    await testClient(server.url).jobApi(5, "glcbt-t").updateJob(failed, never);
    expect(server.json()).toMatchObject({
      state: "failed",
      failure_reason: "script_failure",
      exit_code: 3,
      checksum: "crc32:00000001",
      output,
    });
  });

  it.each([
    [200, { kind: "accepted", signal: "none" }],
    [202, { kind: "not-completed", signal: "none" }],
    [412, { kind: "trace-rejected", signal: "none" }],
    [404, { kind: "not-found", signal: "abort" }],
    [403, { kind: "failed", signal: "abort" }],
    [400, { kind: "failed", signal: "none" }],
    [409, { kind: "failed", signal: "none" }],
    [500, { kind: "failed", signal: "none" }],
  ])("answered %i is %o", async (status, expected) => {
    expect(await update(status)).toMatchObject(expected);
  });

  it.each(["canceled", "failed"])("answered with Job-Status %s aborts, whatever the status", async (state) => {
    for (const status of [200, 202, 412]) {
      expect(await update(status, { "job-status": state })).toMatchObject({ kind: "failed", signal: "abort" });
    }
  });

  it.each([
    [200, "text/html"],
    [403, "text/html"],
    [404, "text/html"],
    [404, "text/plain"],
  ])("answered %i with a page (%s) has delivered nothing and ends nothing", async (status, type) => {
    const answer = await update(status, { "content-type": type });
    expect(answer).toMatchObject({ kind: "failed", signal: "none" });
  });

  it("answered 200 in any other words has arrived", async () => {
    for (const type of ["application/json", "text/plain", ""])
      expect(await update(200, type === "" ? {} : { "content-type": type })).toMatchObject({ kind: "accepted" });
  });

  it("answered with Job-Status canceling asks for a cancel", async () => {
    expect(await update(200, { "job-status": "canceling" })).toMatchObject({ kind: "accepted", signal: "cancel" });
  });

  it("gives the coordinator's own words for a failure", async () => {
    await using server = await startServer(inTurn(json(400, { message: { state: ["is unknown"] } })));
    const answer = await testClient(server.url).jobApi(5, "t").updateJob(running, never);
    expect(answer).toMatchObject({ reason: "400 Bad Request (state: is unknown)" });
  });

  it("with an unusable URL aborts", async () => {
    expect(await testClient("ftp://x").jobApi(5, "t").updateJob(running, never)).toMatchObject({ signal: "abort" });
  });
});
