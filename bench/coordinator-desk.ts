import type { JobParts } from "../src/coordinator/embedded/job-record.ts";
import type { JobTimeline } from "./timeline.ts";

/** In the URL of a job's repository: the job's token goes here. */
export const tokenPlaceholder = "JOB_TOKEN";

export type JobDependency = NonNullable<JobParts["dependencies"]>[number];

export interface DeskRunner {
  readonly id: number;
  readonly token: string;
}

/** What the bench may ask of the coordinator's process. */
export interface CoordinatorDesk {
  addRunner(tag: string): Promise<DeskRunner>;
  /** Resolves when the runner has asked for a job. */
  asked(runnerId: number, limitMs: number): Promise<void>;
  /** Queues a job for the runner with this tag. */
  addJob(parts: JobParts, tag: string): Promise<number>;
  /** What the `dependencies` of another job say about this one. */
  dependencyOn(jobId: number): Promise<JobDependency>;
  ended(jobId: number, limitMs: number): Promise<JobTimeline>;
  log(jobId: number): Promise<Uint8Array>;
  /** Requests since the start, by endpoint. */
  requests(): Promise<Readonly<Record<string, number>>>;
  serveRepository(projectPath: string, directory: string): Promise<void>;
}

export interface DeskCall {
  readonly call: number;
  readonly name: keyof CoordinatorDesk;
  readonly args: readonly unknown[];
}

/** The first message has the coordinator's URL, every other one answers a call. */
export type DeskMessage =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "answer"; readonly call: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly call: number; readonly message: string };
