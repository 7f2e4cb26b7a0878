import { EventEmitter } from "node:events";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../support/clock.ts";
import type { CoordinatorEventMap, CoordinatorEvents } from "./events.ts";
import type { CoordinatorState } from "./exchange.ts";
import { Faults, type FaultRule } from "./faults.ts";
import type { JobHandle, JobIdentity, JobParts } from "./job-record.ts";
import { JobStore } from "./job-store.ts";
import { listenOn, parseListenAddress, urlOf } from "./listen.ts";
import { respond } from "./respond.ts";
import { RunnerStore, type NewRunner, type RunnerRecord } from "./runner-store.ts";
import { waitForJob, type JobCondition } from "./wait-for-job.ts";

export interface CoordinatorOptions {
  /** Addresses as `HOST:PORT`; default one free port on loopback. */
  readonly listen?: readonly string[];
  /** The URL that runners and jobs reach the coordinator by; default that of the first address. */
  readonly externalUrl?: string;
  /** In place of `externalUrl`: only the host is another one. */
  readonly externalHost?: string;
  /** What POST runners takes; default a random one. */
  readonly registrationToken?: string;
  /** Where logs, artifacts and runners are kept; default a temporary directory that goes with the coordinator. */
  readonly stateDir?: string;
  /** How long a job request is held back, in milliseconds; default 50,000 as Workhorse. */
  readonly longPollMs?: number;
  /** X-GitLab-Trace-Update-Interval of trace answers; default null: not sent. GitLab sends 3 or 60. */
  readonly traceUpdateIntervalSeconds?: number | null;
  /** A longer log fails its job; default 4 GiB. */
  readonly maxTraceBytes?: number;
  /** A larger artifact is refused with 413; default 64 GiB. */
  readonly maxArtifactBytes?: number;
  /** Answer `direct_download=true` with a 302, as GitLab with object storage does; default false. */
  readonly redirectDownloads?: boolean;
  /** What `git` is found by; default an ordinary PATH. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly faults?: readonly FaultRule[];
}

export interface EmbeddedCoordinator {
  /** What a runner's config.toml names as `url`. */
  readonly url: string;
  /** One URL per address. */
  readonly localUrls: readonly string[];
  readonly registrationToken: string;
  readonly stateDir: string;
  readonly events: CoordinatorEvents;
  readonly faults: Faults;
  /** Creates a runner as GitLab's page does: its token is a `glrt-` one unless given. */
  addRunner(runner?: NewRunner): RunnerRecord;
  runners(): readonly RunnerRecord[];
  /** Queues a job; what is missing in `parts` is filled in. A function is asked when the job is handed out. */
  addJob(
    parts?: JobParts | ((identity: JobIdentity) => JobParts),
    options?: { readonly tags?: readonly string[] },
  ): Promise<JobHandle>;
  job(id: number): JobHandle | undefined;
  jobs(): readonly JobHandle[];
  /** What the `dependencies` of another job's payload say about this one. */
  dependencyOn(id: number): {
    id: number;
    token: string;
    name: string;
    artifacts_file?: { filename: string; size: number };
  };
  /** "finished", or any condition on the job's state; rejects with the signal's reason. */
  waitFor(id: number, condition: JobCondition, signal: AbortSignal): Promise<JobHandle>;
  /** See `JobStore.cancel`. */
  cancel(id: number): void;
  /** Serves a bare repository as `<url>/<projectPath>.git` to running jobs. */
  serveRepository(projectPath: string, directory: string): void;
  close(): Promise<void>;
}

/** How long answers that are under way may take when the coordinator closes. */
const closeGraceMs = 5_000;

/**
 * A coordinator in this process: GitLab's runner API, strict where GitLab is (416, 412, 403), with everything that
 * may grow large in files.
 *
 * @throws AgentError LISTEN_* when an address cannot be listened on
 */
export async function startCoordinator(options: CoordinatorOptions = {}): Promise<EmbeddedCoordinator> {
  await using unlessStarted = new AsyncDisposableStack();
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), "longshore-coordinator-")));
  if (options.stateDir === undefined) unlessStarted.defer(() => rm(stateDir, { recursive: true, force: true }));
  await mkdir(stateDir, { recursive: true, mode: 0o700 });

  const events: CoordinatorEvents = new EventEmitter<CoordinatorEventMap>();
  // Every held request and every waiting caller is one listener; their number says nothing.
  events.setMaxListeners(0);
  const runners = new RunnerStore(join(stateDir, "runners.json"));
  const jobs = new JobStore(join(stateDir, "jobs"), events, Date.now);
  await Promise.all([runners.load(), jobs.load()]);
  const faults = new Faults();
  for (const rule of options.faults ?? []) faults.add(rule);

  const closing = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let state: CoordinatorState | null = null;
  const { servers, addresses } = await listenOn(
    (options.listen ?? ["127.0.0.1:0"]).map(parseListenAddress),
    (request, response) => {
      if (state === null) return void response.destroy();
      const answered = respond(request, response, state, closing.signal).then(() => void inFlight.delete(answered));
      inFlight.add(answered);
    },
  );
  const localUrls = addresses.map(urlOf);
  const url = externalUrlOf(options, localUrls[0] ?? "");
  const registrationToken = options.registrationToken ?? `GR1348941${randomBytes(15).toString("base64url")}`;
  state = {
    runners,
    jobs,
    faults,
    events,
    repositories: new Map(),
    settings: {
      registrationToken,
      longPollMs: options.longPollMs ?? 50_000,
      traceUpdateIntervalSeconds: options.traceUpdateIntervalSeconds ?? null,
      maxTraceBytes: options.maxTraceBytes ?? 4 * 2 ** 30,
      maxArtifactBytes: options.maxArtifactBytes ?? 64 * 2 ** 30,
      redirectDownloads: options.redirectDownloads ?? false,
      externalUrl: url,
      environment: options.environment ?? { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
    },
  };
  const { repositories } = state;
  const owned = unlessStarted.move();
  let closed: Promise<void> | null = null;
  const close = async () => {
    closing.abort();
    const ended = servers.map((server) => new Promise<void>((resolve) => void server.close(() => resolve())));
    // Whoever just sent a job's final state still gets the answer to it.
    const late = new AbortController();
    const grace = systemClock.sleep(closeGraceMs, late.signal).catch(() => undefined);
    await Promise.race([Promise.all(inFlight), grace]);
    late.abort();
    for (const server of servers) server.closeAllConnections();
    await Promise.all(ended);
    await jobs.close();
    await runners.save();
    await owned.disposeAsync();
  };

  return {
    url,
    localUrls,
    registrationToken,
    stateDir,
    events,
    faults,
    addRunner: (runner = {}) => {
      const added = runners.add(runner);
      void runners.save();
      return added;
    },
    runners: () => runners.list(),
    addJob: (parts = {}, { tags = [] } = {}) => jobs.add(typeof parts === "function" ? parts : () => parts, tags),
    job: (id) => jobs.get(id),
    jobs: () => jobs.list(),
    dependencyOn: (id) => jobs.dependencyOn(id),
    waitFor: (id, condition, signal) => waitForJob(events, (jobId) => jobs.get(jobId), id, condition, signal),
    cancel: (id) => {
      const job = jobs.get(id);
      if (job !== undefined) jobs.cancel(job);
    },
    serveRepository: (projectPath, directory) => void repositories.set(projectPath, directory),
    close: () => (closed ??= close()),
  };
}

function externalUrlOf({ externalUrl, externalHost }: CoordinatorOptions, localUrl: string): string {
  const url = new URL(externalUrl ?? localUrl);
  if (externalUrl === undefined && externalHost !== undefined) url.hostname = externalHost;
  return url.href.replace(/\/+$/, "");
}
