import { describe, expect, it } from "vitest";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { callsTo, outputOf } from "./calls.ts";

describe("the log", () => {
  it("takes bytes only where the stored ones end", async () => {
    await using coordinator = await startTestCoordinator({ traceUpdateIntervalSeconds: 3 });
    const calls = callsTo(coordinator);
    const { patch } = calls;
    const job = await calls.runningJob();
    const first = await patch(job, 0, "hello ");
    expect(first.status).toBe(202);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      range: "0-6",
      "job-status": "running",
      "x-gitlab-trace-update-interval": "3",
    });
    const again = await patch(job, 0, "hello ");
    expect(again.status).toBe(416);
    expect(again.headers.get("range")).toBe("0-6");
    expect((await patch(job, 7, "gap")).status).toBe(416);
    expect((await patch(job, 6, "world")).status).toBe(202);
    expect((await job.readTrace()).toString()).toBe("hello world");
  });

  it("refuses a chunk whose range is missing, malformed or of another length", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    expect((await calls.patch(job, 0, "abc", { "Content-Range": "0-3" })).status).toBe(400);
    expect((await calls.patch(job, 0, "abc", { "Content-Range": "bytes 0-2/*" })).status).toBe(400);
    expect((await calls.patch(job, 0, "abc", { "Content-Type": "application/json" })).status).toBe(415);
    expect((await calls.patch(job, 0, "abc", { "JOB-TOKEN": "wrong" })).status).toBe(403);
    expect(job.traceSize).toBe(0);
  });

  it("stores a chunk once when it is sent twice at the same time", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const statuses = await Promise.all([1, 2, 3].map(async () => (await calls.patch(job, 0, "once")).status));
    expect(statuses.toSorted((a, b) => a - b)).toEqual([202, 416, 416]);
    expect(job.traceSize).toBe(4);
  });

  it("fails a job whose log grows too large", async () => {
    await using coordinator = await startTestCoordinator({ maxTraceBytes: 10 });
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const answer = await calls.patch(job, 0, "more than ten");
    expect([answer.status, answer.headers.get("job-status")]).toEqual([403, "failed"]);
    expect(job.failureReason).toBe("trace_size_exceeded");
  });
});

describe("the state", () => {
  it("takes a final update whose size and checksum are right, and nothing after it", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.patch(job, 0, "log");
    const answer = await calls.update(job, "failed", { exit_code: 3, ...outputOf("log") });
    expect([answer.status, answer.headers.get("job-status")]).toEqual([200, "failed"]);
    expect(job).toMatchObject({ state: "failed", failureReason: "script_failure", exitCode: 3 });
    const late = await calls.update(job, "success");
    expect([late.status, late.headers.get("job-status")]).toEqual([403, "failed"]);
    expect((await calls.patch(job, 3, "late")).status).toBe(403);
  });

  it("answers 412 to a wrong checksum or size and then takes the whole log again", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.patch(job, 0, "stored");
    expect((await calls.update(job, "success", outputOf("sent!!"))).status).toBe(412);
    expect(job.state).toBe("running");
    expect((await calls.patch(job, 0, "sent!!")).status).toBe(202);
    expect((await calls.update(job, "success", outputOf("sent!"))).status).toBe(412);
    await calls.patch(job, 0, "sent!!");
    expect((await calls.update(job, "success", outputOf("sent!!"))).status).toBe(200);
  });

  it("refuses an unknown state, a wrong token and an unknown job", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    expect((await calls.update(job, "done")).status).toBe(400);
    expect((await calls.json("PUT", `jobs/${job.id}`, { token: "wrong", state: "running" })).status).toBe(403);
    expect((await calls.json("PUT", "jobs/999", { token: job.token, state: "running" })).status).toBe(403);
  });

  it("maps a failure reason that it has no name for", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.update(job, "failed", { failure_reason: "job_canceled" });
    expect(job.failureReason).toBe("unknown_failure");
  });

  it("cancels gracefully when the runner can, and at once the second time", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const graceful = await calls.runningJob();
    coordinator.cancel(graceful.id);
    expect((await calls.patch(graceful, 0, "x")).headers.get("job-status")).toBe("canceling");
    expect((await calls.update(graceful, "running")).headers.get("job-status")).toBe("canceling");
    expect((await calls.update(graceful, "failed", { failure_reason: "unknown_failure" })).status).toBe(200);
    expect(graceful).toMatchObject({ state: "canceled", failureReason: "" });

    const twice = await calls.runningJob();
    coordinator.cancel(twice.id);
    coordinator.cancel(twice.id);
    const answer = await calls.update(twice, "running");
    expect([answer.status, answer.headers.get("job-status")]).toEqual([403, "canceled"]);
  });

  it("cancels at once when the runner cannot do it gracefully", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob({ cancel_gracefully: false });
    coordinator.cancel(job.id);
    expect((await calls.patch(job, 0, "x")).headers.get("job-status")).toBe("canceled");
  });

  it("still answers the final update when the end of the job makes it close", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const closed = new Promise<void>((resolve, reject) => {
      coordinator.events.once("job-finished", () => void coordinator.close().then(resolve, reject));
    });
    expect((await calls.update(job, "success")).status).toBe(200);
    await closed;
  });

  it("lets a caller wait for a state, and stop waiting", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const waiting = coordinator.waitFor(job.id, (seen) => seen.traceSize >= 5, AbortSignal.timeout(10_000));
    await calls.patch(job, 0, "12345");
    expect((await waiting).id).toBe(job.id);
    const impatient = coordinator.waitFor(job.id, "finished", AbortSignal.abort(new Error("enough")));
    await expect(impatient).rejects.toThrow("enough");
  });
});
