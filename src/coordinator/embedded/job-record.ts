import type { z } from "zod";
import type { jobPayloadSchema } from "../job-payload.ts";
import type { TraceFile } from "./trace-file.ts";

/** `waiting`: handed out, not yet acknowledged (protocol 3.3); the wire calls that `pending` too. */
export type JobState = "pending" | "waiting" | "running" | "canceling" | "success" | "failed" | "canceled";

/** The body of a 201, as JSON; every field but these two may be left out. */
export type WireJob = z.input<typeof jobPayloadSchema>;

/** What a job consists of, without what the coordinator gives it. */
export type JobParts = Partial<Omit<WireJob, "id" | "token">>;

/** What a job's content may depend on. */
export interface JobIdentity {
  readonly id: number;
  readonly token: string;
}

export interface StoredArtifact {
  /** `archive`, `junit`, `dotenv`, ... */
  readonly type: string;
  readonly format: string;
  readonly filename: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly expireIn: string;
}

/** One job's state, live: reading it later shows later values. */
export interface JobHandle {
  readonly id: number;
  readonly token: string;
  readonly state: JobState;
  readonly finished: boolean;
  /** "" unless failed. */
  readonly failureReason: string;
  readonly exitCode: number;
  readonly traceSize: number;
  readonly debugTrace: boolean;
  readonly runnerId: number | null;
  readonly systemId: string;
  /** Milliseconds since the epoch; null while it has not come to that. */
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly artifacts: readonly StoredArtifact[];
  readTrace(): Promise<Buffer>;
}

const finishedStates: ReadonlySet<JobState> = new Set<JobState>(["success", "failed", "canceled"]);

/** The mutable side of a job; endpoints change it, everybody else sees a `JobHandle`. */
export class JobRecord implements JobHandle {
  readonly id: number;
  readonly token: string;
  /** Opens this job's artifacts only; handed to the jobs that depend on it. */
  readonly downloadToken: string;
  readonly tags: readonly string[];
  readonly directory: string;
  readonly trace: TraceFile;
  readonly build: (identity: JobIdentity) => JobParts;
  state: JobState = "pending";
  failureReason = "";
  exitCode = 0;
  debugTrace = false;
  runnerId: number | null = null;
  systemId = "";
  /** From the features that the runner announced with its request. */
  cancelsGracefully = false;
  startedAt: number | null = null;
  finishedAt: number | null = null;
  readonly artifactByType = new Map<string, StoredArtifact>();

  constructor(
    identity: JobIdentity & { readonly downloadToken: string },
    content: {
      readonly tags: readonly string[];
      readonly directory: string;
      readonly trace: TraceFile;
      readonly build: (identity: JobIdentity) => JobParts;
    },
  ) {
    this.id = identity.id;
    this.token = identity.token;
    this.downloadToken = identity.downloadToken;
    this.tags = content.tags;
    this.directory = content.directory;
    this.trace = content.trace;
    this.build = content.build;
  }

  get finished(): boolean {
    return finishedStates.has(this.state);
  }

  get traceSize(): number {
    return this.trace.size;
  }

  get artifacts(): readonly StoredArtifact[] {
    return [...this.artifactByType.values()];
  }

  /** The value of the Job-Status header. */
  get wireStatus(): string {
    return this.state === "waiting" ? "pending" : this.state;
  }

  readTrace(): Promise<Buffer> {
    return this.trace.read();
  }
}
