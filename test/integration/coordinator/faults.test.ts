import { describe, expect, it } from "vitest";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { callsTo, fileForm, outputOf } from "./calls.ts";

describe("faults", () => {
  it("answers the next requests with a status and then as ever", async () => {
    await using coordinator = await startTestCoordinator({
      faults: [
        { endpoint: "request-job", times: 2, fault: { kind: "status", status: 429, headers: { "Retry-After": "1" } } },
      ],
    });
    const { requestJob } = callsTo(coordinator);
    const answers = [await requestJob(), await requestJob(), await requestJob()];
    expect(answers.map((answer) => answer.status)).toEqual([429, 429, 204]);
    expect(answers[0]?.headers.get("retry-after")).toBe("1");
  });

  it("loses an answer after the bytes were stored", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    coordinator.faults.add({ endpoint: "patch-trace", fault: { kind: "reset", when: "after" } });
    await expect(calls.patch(job, 0, "stored")).rejects.toThrow(/fetch failed|aborted|terminated/);
    expect(job.traceSize).toBe(6);
    expect((await calls.patch(job, 0, "stored")).headers.get("range")).toBe("0-6");
  });

  it("resets a connection before or in the middle of a body, with nothing done", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    for (const when of ["before", "mid-body"] as const) {
      coordinator.faults.add({ endpoint: "patch-trace", fault: { kind: "reset", when } });
      await expect(calls.patch(job, 0, "lost")).rejects.toThrow(/fetch failed|aborted|terminated/);
    }
    expect(job.traceSize).toBe(0);
  });

  it("hangs until the client gives up", async () => {
    await using coordinator = await startTestCoordinator();
    coordinator.faults.add({ endpoint: "request-job", fault: { kind: "hang" } });
    const { requestJob } = callsTo(coordinator);
    const impatient = AbortSignal.timeout(50);
    await expect(requestJob({}, impatient)).rejects.toThrow(/fetch failed|aborted|terminated/);
    expect((await requestJob()).status).toBe(204);
  });

  it("claims a wrong range once", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    coordinator.faults.add({ endpoint: "patch-trace", fault: { kind: "wrong-range", size: 2 }, jobId: job.id });
    const wrong = await calls.patch(job, 0, "four");
    expect([wrong.status, wrong.headers.get("range")]).toEqual([416, "0-2"]);
    expect((await calls.patch(job, 0, "four")).status).toBe(202);
  });

  it("keeps a final update waiting, then has the log sent again, then takes it", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    coordinator.faults.add({ endpoint: "update-job", times: 2, fault: { kind: "not-completed", intervalSeconds: 5 } });
    coordinator.faults.add({ endpoint: "update-job", fault: { kind: "reject-trace" } });
    await calls.patch(job, 0, "log");
    expect((await calls.update(job, "running")).status).toBe(200);
    const final = () => calls.update(job, "success", outputOf("log"));
    const first = await final();
    expect([first.status, first.headers.get("x-gitlab-trace-update-interval")]).toEqual([202, "5"]);
    expect((await final()).status).toBe(202);
    expect((await final()).status).toBe(412);
    expect(job.traceSize).toBe(0);
    await calls.patch(job, 0, "log");
    expect((await final()).status).toBe(200);
    expect(coordinator.faults.pending).toBe(0);
  });

  it("puts headers on an ordinary answer", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    coordinator.faults.add({
      endpoint: "patch-trace",
      after: 1,
      fault: { kind: "headers", headers: { "X-GitLab-Trace-Update-Interval": "60" } },
    });
    expect((await calls.patch(job, 0, "a")).headers.has("x-gitlab-trace-update-interval")).toBe(false);
    expect((await calls.patch(job, 1, "b")).headers.get("x-gitlab-trace-update-interval")).toBe("60");
  });

  it("answers all calls with a proxy's page until it is cleared", async () => {
    await using coordinator = await startTestCoordinator();
    const { requestJob } = callsTo(coordinator);
    coordinator.faults.add({ endpoint: "any", times: Infinity, fault: { kind: "page", status: 502 } });
    for (let count = 0; count < 3; count++) {
      const answer = await requestJob();
      expect([answer.status, answer.headers.get("content-type")]).toEqual([502, "text/html"]);
    }
    coordinator.faults.clear();
    expect((await requestJob()).status).toBe(204);
  });

  it("loses the end of a log, before or after a chunk", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.patch(job, 0, "abcdef");
    const shrink = (size: number, when: "before" | "after") =>
      coordinator.faults.add({ endpoint: "patch-trace", fault: { kind: "shrink-trace", size, when } });
    shrink(3, "before");
    const refused = await calls.patch(job, 6, "g");
    expect([refused.status, refused.headers.get("range")]).toEqual([416, "0-3"]);
    shrink(2, "after");
    expect((await calls.patch(job, 3, "def")).status).toBe(202);
    expect((await job.readTrace()).toString()).toBe("ab");
    await calls.patch(job, 2, "cdef");
    expect((await calls.update(job, "success", outputOf("abcdef"))).status).toBe(200);
  });

  it("lets an answer's body stop, or go on without end", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    for (const fault of [{ kind: "stall", bytes: 1 }, { kind: "endless" }, { kind: "endless", everyMs: 1 }] as const) {
      coordinator.faults.add({ endpoint: "patch-trace", fault });
      const answer = await calls.patch(job, job.traceSize, "x");
      expect(answer.status).toBe(202);
      const reader = answer.body?.getReader();
      await reader?.read();
      await reader?.cancel();
    }
    expect(job.traceSize).toBe(3);
  });

  it("cuts a download in the middle", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.upload(job, fileForm(new Uint8Array(1_000_000)));
    coordinator.faults.add({ endpoint: "download-artifacts", fault: { kind: "cut-answer", bytes: 1000 } });
    const download = async () => (await calls.download(job.id, job.token)).arrayBuffer();
    await expect(download()).rejects.toThrow(/fetch failed|aborted|terminated/);
    expect((await download()).byteLength).toBe(1_000_000);
  });
});
