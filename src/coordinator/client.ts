import type { Clock } from "../support/clock.ts";
import { AgentPool } from "./agents.ts";
import { AskLimits } from "./ask-limits.ts";
import { downloadArtifact, type ArtifactDownload, type DownloadAnswer } from "./artifact-download.ts";
import { uploadArtifact, type ArtifactUpload, type UploadAnswer } from "./artifact-upload.ts";
import { Connection } from "./connection.ts";
import { defaultLimits, type HttpLimits } from "./http.ts";
import { registrationInfo, runnerInfo, userAgent, type AgentIdentity, type RunnerTraits } from "./info.ts";
import type { JobApi } from "./job-api.ts";
import { jobCalls } from "./job-calls.ts";
import { requestJob, type JobRequestAnswer } from "./job-request.ts";
import { noCallMetrics, type CallMetrics } from "./metrics.ts";
import type { ProxyEnvironment } from "./proxy.ts";
import type { RunnerApiFactory } from "./runner-api.ts";
import { runnerCalls } from "./runner-calls.ts";
import { TlsFiles, type TlsPaths } from "./tls-files.ts";
import { apiBase } from "./url.ts";

/** What every client of this process shares. */
export interface ClientEnvironment {
  readonly agent: AgentIdentity;
  readonly clock: Clock;
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY in either case; others are not looked at. */
  readonly proxies: ProxyEnvironment;
  /** `connection_max_age`; default 15 min, 0 or less for never. */
  readonly connectionMaxAgeMs?: number;
  readonly metrics?: CallMetrics;
  /** Things that an admin may want to know and that stop nothing. */
  readonly warn?: (text: string) => void;
  readonly limits?: Partial<HttpLimits>;
  /** Between 0 and 1, for jitter; default Math.random. */
  readonly random?: () => number;
}

/** One [[runners]] entry as the coordinator sees it. */
export interface RunnerIdentity {
  readonly url: string;
  readonly token: string;
  readonly systemId: string;
  readonly tls: TlsPaths;
  readonly traits: RunnerTraits;
}

/** Everything that a [[runners]] entry says to its coordinator. Only an aborted signal makes these calls reject. */
export interface CoordinatorClient {
  requestJob(longPoll: boolean, signal: AbortSignal): Promise<JobRequestAnswer>;
  jobApi(jobId: number, jobToken: string): JobApi;
  uploadArtifact(
    upload: ArtifactUpload,
    onRetry?: (reason: string) => void,
    onAnswer?: (details: string) => void,
  ): Promise<UploadAnswer>;
  downloadArtifact(download: ArtifactDownload, onRetry?: (reason: string) => void): Promise<DownloadAnswer>;
  /** For a changed `connection_max_age`. */
  setConnectionMaxAge(ms: number): void;
  /** Ends idle connections, so that the process can; calls in flight go on. */
  close(): void;
}

/**
 * Make one per (url, token, TLS files) and keep it across reloads of an unchanged entry: it holds the connections and
 * what the coordinator last said of its queue.
 */
export function createCoordinatorClient(environment: ClientEnvironment, runner: RunnerIdentity): CoordinatorClient {
  const { agents, connection, tlsFiles } = connect(environment, runner.url, runner.tls);
  const { agent, clock, random = Math.random, warn = () => {} } = environment;
  const info = runnerInfo(agent, runner.traits);
  const request = {
    connection,
    info,
    token: runner.token,
    systemId: runner.systemId,
    tlsFiles,
    clock,
    limits: new AskLimits(),
  };
  return {
    requestJob: (longPoll, signal) => requestJob(request, longPoll, signal),
    jobApi: (jobId, jobToken) => jobCalls({ connection, info, jobId, jobToken, warn }),
    uploadArtifact: (upload, onRetry = () => {}, onAnswer = () => {}) =>
      uploadArtifact({ connection, clock, random, onRetry, onAnswer }, upload),
    downloadArtifact: (download, onRetry = () => {}) => downloadArtifact({ connection, clock, onRetry }, download),
    setConnectionMaxAge: (ms) => agents.setMaxAge(ms),
    close: () => agents.closeIdle(),
  };
}

/** The calls of `register`, `verify` and their like; `traits` are announced with verify. */
export function createRunnerApi(
  environment: ClientEnvironment,
  traits: RunnerTraits = { gpus: "", labels: {} },
): RunnerApiFactory {
  const { agent } = environment;
  return ({ url, tls }) =>
    runnerCalls({
      connection: connect(environment, url, tls).connection,
      info: runnerInfo(agent, traits),
      registrationInfo: registrationInfo(agent),
    });
}

function connect(environment: ClientEnvironment, url: string, tls: TlsPaths) {
  const { agent, clock, proxies, metrics = noCallMetrics, warn = () => {}, random = Math.random } = environment;
  const base = apiBase(url);
  const tlsFiles = new TlsFiles(tls, base.ok ? base.url.hostname : "");
  const agents = new AgentPool({ tls: tlsFiles, env: proxies, clock });
  if (environment.connectionMaxAgeMs !== undefined) agents.setMaxAge(environment.connectionMaxAgeMs);
  const connection = new Connection({
    base,
    agents,
    userAgent: userAgent(agent),
    clock,
    limits: { ...defaultLimits, ...environment.limits },
    metrics,
    warn,
    random,
  });
  return { agents, connection, tlsFiles };
}
