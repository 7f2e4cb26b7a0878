import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import { scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { callsTo } from "./calls.ts";

describe("job requests", () => {
  it("hands out a payload that the client's schema takes, with what was left out filled in", async () => {
    await using coordinator = await startTestCoordinator();
    const job = await coordinator.addJob(scriptJob({ name: "hello", script: ["echo hi"], image: "alpine" }));
    const answer = await callsTo(coordinator).requestJob();
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("application/json");
    const payload = jobPayloadSchema.parse(await answer.json());
    expect(payload).toMatchObject({ id: job.id, token: job.token, image: { name: "alpine" } });
    expect(payload.steps[0]?.script).toEqual(["echo hi"]);
    expect(payload.variables.map((variable) => variable.key)).toContain("CI_JOB_TOKEN");
    expect(job.state).toBe("running");
  });

  it("tells the job when it was started, in whole seconds", async () => {
    await using coordinator = await startTestCoordinator();
    const job = await coordinator.addJob();
    const payload = jobPayloadSchema.parse(await (await callsTo(coordinator).requestJob()).json());
    const startedAt = payload.variables.find((variable) => variable.key === "CI_JOB_STARTED_AT")?.value ?? "";
    expect(startedAt).toMatch(/T\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(startedAt)).toBe(Math.floor((job.startedAt ?? 0) / 1000) * 1000);
  });

  it("answers 400 without a token and 403 to a wrong one", async () => {
    await using coordinator = await startTestCoordinator();
    const { json } = callsTo(coordinator);
    expect((await json("POST", "jobs/request", {})).status).toBe(400);
    expect((await json("POST", "jobs/request", { token: "wrong" })).status).toBe(403);
  });

  it("holds a request whose last_update is current until a job is queued", async () => {
    await using coordinator = await startTestCoordinator({ longPollMs: 60_000 });
    const { requestJob } = callsTo(coordinator);
    const empty = await requestJob();
    expect(empty.status).toBe(204);
    const tick = empty.headers.get("x-gitlab-last-update");
    const held = requestJob({ last_update: tick });
    const other = requestJob({ last_update: "an older tick" });
    expect((await other).status).toBe(204);
    await coordinator.addJob();
    expect((await held).status).toBe(201);
  });

  it("ends a held request with 204 and the same tick when the time is over", async () => {
    await using coordinator = await startTestCoordinator({ longPollMs: 20 });
    const { requestJob } = callsTo(coordinator);
    const tick = (await requestJob()).headers.get("x-gitlab-last-update");
    const answer = await requestJob({ last_update: tick });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("x-gitlab-last-update")).toBe(tick);
  });

  it("gives no job to a runner that went away while it was held", async () => {
    await using coordinator = await startTestCoordinator({ longPollMs: 60_000 });
    const { requestJob } = callsTo(coordinator);
    const tick = (await requestJob()).headers.get("x-gitlab-last-update");
    const leaving = new AbortController();
    const isHeld = once(coordinator.events, "request-held");
    const held = requestJob({ last_update: tick }, leaving.signal);
    await isHeld;
    const ended = once(coordinator.events, "request");
    leaving.abort();
    await expect(held).rejects.toThrow(/fetch failed|aborted|terminated/);
    await ended;
    const job = await coordinator.addJob();
    expect(job.state).toBe("pending");
    expect((await requestJob()).status).toBe(201);
  });

  it("gives a runner only what its tags allow", async () => {
    await using coordinator = await startTestCoordinator();
    const { requestJob } = callsTo(coordinator);
    const tagged = coordinator.addRunner({ tags: ["gpu"], runUntagged: false });
    const plain = await coordinator.addJob();
    expect((await requestJob({ token: tagged.token })).status).toBe(204);
    const gpu = await coordinator.addJob({}, { tags: ["gpu"] });
    expect((await requestJob({ token: tagged.token })).status).toBe(201);
    expect([gpu.state, plain.state]).toEqual(["running", "pending"]);
  });

  it("gives nothing to a paused runner", async () => {
    await using coordinator = await startTestCoordinator();
    const paused = coordinator.addRunner({ paused: true });
    await coordinator.addJob();
    expect((await callsTo(coordinator).requestJob({ token: paused.token })).status).toBe(204);
  });

  it("waits for the acknowledgement of a runner that announced two_phase_job_commit", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob({ two_phase_job_commit: true });
    expect(job.state).toBe("waiting");
    expect((await calls.update(job, "success")).status).toBe(400);
    expect((await calls.patch(job, 0, "early")).status).toBe(403);
    expect((await calls.update(job, "pending")).headers.get("job-status")).toBe("pending");
    expect((await calls.update(job, "running")).headers.get("job-status")).toBe("running");
    expect(job.state).toBe("running");
    expect((await calls.update(job, "pending")).status).toBe(400);
  });
});
