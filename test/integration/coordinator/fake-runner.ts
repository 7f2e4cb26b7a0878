import { gzipSync } from "node:zlib";
import { jobPayloadSchema, type JobPayload } from "../../../src/coordinator/job-payload.ts";
import type { EmbeddedCoordinator } from "../../../src/coordinator/embedded/server.ts";

/** What a job of the fake runner comes to; nothing said is a success. */
export interface FakeResult {
  readonly exitCode?: number;
  readonly failureReason?: string;
  readonly dotenv?: string;
  readonly archive?: string;
  readonly log?: string;
  /** Awaited before the final state is sent. */
  readonly hold?: Promise<unknown>;
}

export interface FakeRunner extends AsyncDisposable {
  /** In the order in which they were handed out. */
  readonly jobs: readonly JobPayload[];
}

/**
 * Takes every job over HTTP, as many at a time as there are, and does what `act` says. It asks again whenever
 * something was queued or has ended.
 */
export function startFakeRunner(
  coordinator: EmbeddedCoordinator,
  token: string,
  act: (job: JobPayload) => FakeResult = () => ({}),
): FakeRunner {
  const stop = new AbortController();
  const jobs: JobPayload[] = [];
  const running = new Set<Promise<void>>();
  const send = (method: string, path: string, body: string | FormData, headers: Record<string, string>) =>
    fetch(`${coordinator.url}/api/v4/${path}`, { method, body, headers, signal: stop.signal });
  const json = (method: string, path: string, body: unknown) =>
    send(method, path, JSON.stringify(body), { "Content-Type": "application/json" });

  async function upload(job: JobPayload, content: Uint8Array<ArrayBuffer>, type: string, format: string) {
    const form = new FormData();
    form.append("file", new Blob([content]), `${type}.${format}`);
    const query = `artifact_type=${type}&artifact_format=${format}`;
    await send("POST", `jobs/${job.id}/artifacts?${query}`, form, { "JOB-TOKEN": job.token });
  }

  async function run(job: JobPayload): Promise<void> {
    const { exitCode = 0, failureReason = "", dotenv, archive, log, hold } = act(job);
    if (log !== undefined) {
      const headers = { "JOB-TOKEN": job.token, "Content-Type": "text/plain" };
      await send("PATCH", `jobs/${job.id}/trace`, log, { ...headers, "Content-Range": `0-${log.length - 1}` });
    }
    if (dotenv !== undefined) await upload(job, new Uint8Array(gzipSync(dotenv)), "dotenv", "gzip");
    if (archive !== undefined) await upload(job, new TextEncoder().encode(archive), "archive", "zip");
    await hold;
    const failed = exitCode !== 0 || failureReason !== "";
    const body = { token: job.token, state: failed ? "failed" : "success", failure_reason: failureReason };
    await json("PUT", `jobs/${job.id}`, { ...body, exit_code: exitCode });
  }

  async function poll(): Promise<void> {
    let tick: string | null = null;
    while (!stop.signal.aborted) {
      const info = { features: { cancel_gracefully: true } };
      const answer: Response = await json("POST", "jobs/request", { token, info, last_update: tick });
      tick = answer.headers.get("x-gitlab-last-update") ?? tick;
      if (answer.status !== 201) continue;
      const job = jobPayloadSchema.parse(await answer.json());
      jobs.push(job);
      const work = run(job)
        .catch(() => undefined)
        .then(() => void running.delete(work));
      running.add(work);
    }
  }

  // A coordinator that is gone, or the end of the test, is the end of the polling.
  const polling = poll().catch(() => undefined);
  return {
    jobs,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all([polling, ...running]);
    },
  };
}
