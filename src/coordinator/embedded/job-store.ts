import { randomBytes } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CoordinatorEvents } from "./events.ts";
import { JobRecord, type JobIdentity, type JobParts, type JobState } from "./job-record.ts";
import type { RunnerRecord } from "./runner-store.ts";
import { TraceFile } from "./trace-file.ts";

/** Every job of this coordinator, and the only place where a job's state changes. */
export class JobStore {
  readonly #directory: string;
  readonly #events: CoordinatorEvents;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly #jobs = new Map<number, JobRecord>();
  readonly #ticks = new Map<number, string>();
  #nextId = 1;

  constructor(directory: string, events: CoordinatorEvents, now: () => number) {
    this.#directory = directory;
    this.#events = events;
    this.now = now;
  }

  /** Job numbers go on from those of an earlier run over the same directory. */
  async load(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const used = (await readdir(this.#directory)).map(Number).filter(Number.isInteger);
    this.#nextId = Math.max(0, ...used) + 1;
  }

  get(id: number): JobRecord | undefined {
    return this.#jobs.get(id);
  }

  list(): readonly JobRecord[] {
    return [...this.#jobs.values()];
  }

  async add(build: (identity: JobIdentity) => JobParts, tags: readonly string[]): Promise<JobRecord> {
    const id = this.#nextId++;
    const directory = join(this.#directory, String(id));
    await mkdir(join(directory, "artifacts"), { recursive: true });
    const token = `glcbt-64_${randomBytes(15).toString("base64url")}`;
    const downloadToken = `glcbt-64_${randomBytes(15).toString("base64url")}`;
    const job = new JobRecord(
      { id, token, downloadToken },
      { tags, directory, build, trace: new TraceFile(join(directory, "trace")) },
    );
    this.#jobs.set(id, job);
    // A new tick for everyone: a runner that could not take it finds that out with one question.
    this.#ticks.clear();
    this.#events.emit("job-changed", { jobId: id });
    return job;
  }

  /** What X-GitLab-Last-Update tells this runner; changes whenever something was queued. */
  tick(runner: RunnerRecord): string {
    let tick = this.#ticks.get(runner.id);
    if (tick === undefined) this.#ticks.set(runner.id, (tick = randomBytes(8).toString("hex")));
    return tick;
  }

  /** The oldest pending job that this runner may have. */
  nextFor(runner: RunnerRecord): JobRecord | undefined {
    return this.list().find((job) => job.state === "pending" && mayRun(runner, job));
  }

  assign(
    job: JobRecord,
    runner: RunnerRecord,
    manager: { readonly systemId: string; readonly features: Readonly<Record<string, unknown>> },
    startedAt: number,
  ): void {
    const { systemId, features } = manager;
    job.runnerId = runner.id;
    job.systemId = systemId;
    job.cancelsGracefully = features["cancel_gracefully"] === true;
    job.startedAt = startedAt;
    job.state = "waiting";
    this.#events.emit("job-assigned", { jobId: job.id, runnerId: runner.id });
    if (features["two_phase_job_commit"] === true) this.#events.emit("job-changed", { jobId: job.id });
    else this.start(job);
  }

  start(job: JobRecord): void {
    job.state = "running";
    this.#events.emit("job-started", { jobId: job.id });
    this.#events.emit("job-changed", { jobId: job.id });
  }

  /** The runner's final word; a job that was being canceled ends as canceled whatever that word is. */
  finish(job: JobRecord, state: "success" | "failed", failureReason: string, exitCode: number): void {
    job.exitCode = exitCode;
    if (job.state !== "canceling" && state === "failed") job.failureReason = failureReason;
    this.#end(job, job.state === "canceling" ? "canceled" : state);
  }

  /**
   * First call on a running job: `canceling` when its runner announced cancel_gracefully. Second call, or any
   * other state: `canceled`. A finished job stays as it is.
   */
  cancel(job: JobRecord): void {
    if (job.finished) return;
    if (job.state !== "running" || !job.cancelsGracefully) return this.#end(job, "canceled");
    job.state = "canceling";
    this.#events.emit("job-canceling", { jobId: job.id });
    this.#events.emit("job-changed", { jobId: job.id });
  }

  /** An entry of another job's `dependencies`; without a file when there is no archive. */
  dependencyOn(id: number) {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new RangeError(`there is no job ${id}`);
    const { job_info: info } = job.build(job);
    const archive = job.artifactByType.get("archive");
    return {
      id,
      token: job.downloadToken,
      name: info?.name ?? "",
      ...(archive === undefined ? {} : { artifacts_file: { filename: archive.filename, size: archive.size } }),
    };
  }

  /** As GitLab does by itself, e.g. when a log grows over its limit. */
  drop(job: JobRecord, failureReason: string): void {
    job.failureReason = failureReason;
    this.#end(job, "failed");
  }

  async close(): Promise<void> {
    await Promise.all(this.list().map((job) => job.trace.close()));
  }

  #end(job: JobRecord, state: JobState): void {
    job.state = state;
    job.finishedAt = this.now();
    void job.trace.close();
    this.#events.emit("job-finished", { jobId: job.id, state });
    this.#events.emit("job-changed", { jobId: job.id });
  }
}

/** GitLab's rule: every tag of the job is one of the runner's; a job without tags needs run_untagged. */
export function mayRun(
  runner: Pick<RunnerRecord, "tags" | "runUntagged">,
  job: { readonly tags: readonly string[] },
): boolean {
  return job.tags.length === 0 ? runner.runUntagged : job.tags.every((tag) => runner.tags.includes(tag));
}
