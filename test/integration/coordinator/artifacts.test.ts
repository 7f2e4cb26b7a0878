import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { callsTo, fileForm } from "./calls.ts";

describe("artifacts", () => {
  it("stores one part named file and gives it to a job that depends on it", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const content = crypto.getRandomValues(new Uint8Array(65_536));
    expect((await calls.upload(job, fileForm(content))).status).toBe(201);
    await calls.update(job, "success");

    const { token, artifacts_file: file } = coordinator.dependencyOn(job.id);
    expect(file).toEqual({ filename: "artifacts.zip", size: content.length });
    const answer = await calls.download(job.id, token);
    expect(answer.status).toBe(200);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(content);
    expect((await calls.download(job.id, coordinator.runner.token)).status).toBe(403);
  });

  it("sends a client that asks for it to the object storage", async () => {
    await using coordinator = await startTestCoordinator({ redirectDownloads: true });
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.upload(job, fileForm("zip"));
    const redirect = await calls.download(job.id, job.token, "?direct_download=true");
    expect(redirect.status).toBe(302);
    expect(await (await fetch(redirect.headers.get("location") ?? "")).text()).toBe("zip");
    expect((await calls.download(job.id, job.token, "?direct_download=false")).status).toBe(200);
  });

  it("answers 404 when there is no archive", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    expect((await calls.download(job.id, job.token)).status).toBe(404);
  });

  it("refuses an artifact over the limit with 413 and keeps nothing of it", async () => {
    await using coordinator = await startTestCoordinator({ maxArtifactBytes: 100_000 });
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    expect((await calls.upload(job, fileForm(new Uint8Array(100_001)))).status).toBe(413);
    expect((await calls.upload(job, fileForm(new Uint8Array(30_000_000)))).status).toBe(413);
    expect(job.artifacts).toEqual([]);
    expect((await calls.upload(job, fileForm(new Uint8Array(100_000)))).status).toBe(201);
  });

  it("takes the same file again and refuses another of the same type", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const statuses = [];
    for (const content of ["one", "one", "two"]) statuses.push((await calls.upload(job, fileForm(content))).status);
    expect(statuses).toEqual([201, 201, 400]);
  });

  it("refuses other parts, a missing part, an unknown type and a wrong format", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const other = new FormData();
    other.append("document", new Blob(["x"]), "x.zip");
    expect((await calls.upload(job, other)).status).toBe(400);
    expect((await calls.upload(job, fileForm("x"), "artifact_type=junk&artifact_format=gzip")).status).toBe(400);
    expect((await calls.upload(job, fileForm("x"), "artifact_type=junit&artifact_format=zip")).status).toBe(400);
  });

  it("refuses a dotenv report that is not KEY=value lines", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    const query = "artifact_type=dotenv&artifact_format=gzip";
    const upload = (text: string) => calls.upload(job, fileForm(new Uint8Array(gzipSync(text)), ".env.gz"), query);
    expect((await upload("A=1\n# no\n")).status).toBe(400);
    expect((await upload("A=1\nB=two words\n")).status).toBe(201);
  });

  it("takes nothing for a finished job", async () => {
    await using coordinator = await startTestCoordinator();
    const calls = callsTo(coordinator);
    const job = await calls.runningJob();
    await calls.update(job, "success");
    expect((await calls.upload(job, fileForm("late"))).status).toBe(403);
  });

  it("keeps nothing of an upload that breaks off", async () => {
    await using coordinator = await startTestCoordinator();
    const job = await callsTo(coordinator).runningJob();
    const ended = new Promise<void>((resolve) => coordinator.events.once("request", () => resolve()));
    await breakOff(coordinator, job.id, job.token);
    await ended;
    expect(job.artifacts).toEqual([]);
  });
});

/** Starts an upload and resets the connection in the middle of the file. */
function breakOff(coordinator: TestCoordinator, id: number, token: string): Promise<void> {
  return new Promise((resolve) => {
    const upload = request(`${coordinator.url}/api/v4/jobs/${id}/artifacts`, {
      method: "POST",
      headers: { "JOB-TOKEN": token, "Content-Type": "multipart/form-data; boundary=x", Expect: "100-continue" },
    });
    upload.once("close", resolve);
    upload.on("error", () => undefined);
    upload.once("continue", () => {
      upload.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nhalf', () =>
        upload.destroy(),
      );
    });
    upload.flushHeaders();
  });
}
