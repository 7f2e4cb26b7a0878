import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { Refusal } from "./answer.ts";
import type { CoordinatorEvents } from "./events.ts";
import type { EndpointName, Faults } from "./faults.ts";
import type { JobRecord } from "./job-record.ts";
import type { JobStore } from "./job-store.ts";
import type { RunnerRecord, RunnerStore } from "./runner-store.ts";

/** Settings that endpoints read; every default stands at `CoordinatorOptions`. */
export interface CoordinatorSettings {
  readonly registrationToken: string;
  readonly longPollMs: number;
  readonly traceUpdateIntervalSeconds: number | null;
  readonly maxTraceBytes: number;
  readonly maxArtifactBytes: number;
  readonly redirectDownloads: boolean;
  readonly externalUrl: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** All that endpoints share. */
export interface CoordinatorState {
  readonly settings: CoordinatorSettings;
  readonly runners: RunnerStore;
  readonly jobs: JobStore;
  readonly faults: Faults;
  readonly events: CoordinatorEvents;
  /** Project path (`group/project`) -> directory of the bare repository that is served under it. */
  readonly repositories: Map<string, string>;
}

/** One request on its way. `signal` aborts when the client is gone or the coordinator closes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** What the route's pattern captured, in order. */
  readonly params: readonly string[];
  readonly signal: AbortSignal;
  /** False as soon as an answer could not reach the client any more. */
  readonly clientIsThere: () => boolean;
}

export type Endpoint = (exchange: Exchange, state: CoordinatorState) => Promise<Answer>;

export interface Route {
  readonly name: EndpointName;
  readonly method: string;
  /** Matched against the whole path. */
  readonly path: RegExp;
  readonly handle: Endpoint;
  /** True when the first captured parameter is a job's number. */
  readonly aboutJob?: boolean;
}

/** The runner whose token came with the request, or 403. */
export function authenticateRunner(state: CoordinatorState, tokens: readonly string[]): RunnerRecord {
  const runner = state.runners.byToken(tokens);
  if (runner === undefined) throw new Refusal(403, "403 Forbidden");
  return runner;
}

/**
 * The job of the path if the request carries its token. An unknown job is 403 and not 404, as in GitLab, where a
 * 404 could come from any proxy on the way and must not end a job.
 */
export function authenticateJob(state: CoordinatorState, id: string | undefined, tokens: readonly string[]): JobRecord {
  const job = state.jobs.get(Number(id));
  if (job === undefined || !tokens.includes(job.token)) throw new Refusal(403, "403 Forbidden");
  return job;
}

/** 403 with the job's state unless the job can still take logs and artifacts. */
export function requireRunning(job: JobRecord): void {
  if (job.state === "running" || job.state === "canceling") return;
  throw new Refusal(403, "403 Forbidden - Job is not running", { "Job-Status": job.wireStatus });
}
