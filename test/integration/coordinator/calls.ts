import { crc32 } from "node:zlib";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import type { TestCoordinator } from "../../support/coordinator.ts";

/** The runner's calls with plain fetch, so that the coordinator is tested by something that is not our own client. */
export function callsTo(coordinator: TestCoordinator) {
  const api = (path: string) => `${coordinator.url}/api/v4/${path}`;
  const json = (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(api(path), {
      method,
      headers: { "Content-Type": "application/json", Accept: "application/json", ...headers },
      body: JSON.stringify(body),
    });
  return {
    json,
    requestJob: (body: Record<string, unknown> = {}, signal: AbortSignal | null = null) =>
      fetch(api("jobs/request"), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token: coordinator.runner.token, system_id: "s_000000000001", ...body }),
        signal,
      }),
    /** Adds and takes a job with the features that a runner of today announces, without two_phase_job_commit. */
    async runningJob(features: Record<string, boolean> = { cancel_gracefully: true }): Promise<JobHandle> {
      const job = await coordinator.addJob();
      await this.requestJob({ info: { features } });
      return job;
    },
    patch: (job: JobHandle, first: number, text: string, headers: Record<string, string> = {}) =>
      fetch(api(`jobs/${job.id}/trace?debug_trace=false`), {
        method: "PATCH",
        headers: {
          "JOB-TOKEN": job.token,
          "Content-Type": "text/plain",
          "Content-Range": `${first}-${first + Buffer.byteLength(text) - 1}`,
          ...headers,
        },
        body: text,
      }),
    update: (job: JobHandle, state: string, fields: Record<string, unknown> = {}) =>
      json("PUT", `jobs/${job.id}`, { token: job.token, state, ...fields }),
    upload: (job: JobHandle, form: FormData, query = "artifact_format=zip&artifact_type=archive") =>
      fetch(api(`jobs/${job.id}/artifacts?${query}`), {
        method: "POST",
        headers: { "JOB-TOKEN": job.token },
        body: form,
      }),
    download: (id: number, token: string, query = "") =>
      fetch(api(`jobs/${id}/artifacts${query}`), { headers: { "JOB-TOKEN": token }, redirect: "manual" }),
  };
}

/** The `output` of a final update. */
export function outputOf(text: string) {
  const bytes = Buffer.from(text);
  return { output: { checksum: `crc32:${crc32(bytes).toString(16).padStart(8, "0")}`, bytesize: bytes.length } };
}

export function fileForm(content: string | Uint8Array<ArrayBuffer>, filename = "artifacts.zip"): FormData {
  const form = new FormData();
  form.append("file", new Blob([content]), filename);
  return form;
}
