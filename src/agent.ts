import { hostname } from "node:os";
import { basename } from "node:path";
import type { AgentConfig, RunnerConfig } from "./config/schema.ts";
import { systemId } from "./config/system-id.ts";
import type { AgentIdentity } from "./coordinator/info.ts";
import { Poller } from "./coordinator/poller.ts";
import type { ProxyEnvironment } from "./coordinator/proxy.ts";
import { Daemons, requireDaemon } from "./daemon/daemons.ts";
import type { AgentContext } from "./executor/agent-context.ts";
import { recoverJob } from "./executor/recover.ts";
import { reportMalformed } from "./executor/report-malformed.ts";
import { runJob } from "./executor/run-job.ts";
import { listJobs } from "./journal/list-jobs.ts";
import { StateDirectory } from "./journal/state-directory.ts";
import { AgentMetrics } from "./metrics.ts";
import { type MetricsServer, startMetricsServer } from "./metrics-server.ts";
import { pollerObserver } from "./poller-observer.ts";
import { RunnerEntries, type WorkingEntry } from "./runner-entry.ts";
import { type Clock, systemClock } from "./support/clock.ts";
import { AgentError, messageOf } from "./support/errors.ts";
import type { Logger } from "./support/log.ts";

/** GitLab's public helper image of the release whose protocol we speak. */
const helperRepository = "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper";

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly configPath: string;
  /** Root of the state directories. */
  readonly stateDir: string;
  readonly log: Logger;
  readonly identity: AgentIdentity;
  /** Home directory of the agent's user. */
  readonly home: string;
  /** HTTP_PROXY and its like. */
  readonly proxies: ProxyEnvironment;
  readonly clock?: Clock;
  /** See AgentContext; default 30 s, GitLab Runner's. */
  readonly touchAfterMs?: number;
  /** After a job has ended and its final state is delivered; for run-single. */
  readonly onJobEnded?: () => void;
}

export interface AgentHandle {
  /** New settings for what comes; running jobs keep theirs. */
  reload(config: AgentConfig): void;
  /** Jobs that run now. */
  jobs(): number;
  /**
   * Asks for no more jobs and resolves when all have ended and are cleaned up. "graceful" waits for them, "forced"
   * ends them; the second may follow the first.
   */
  stop(mode: "graceful" | "forced"): Promise<void>;
}

/**
 * Builds every part from the configuration and starts asking for jobs.
 * @throws AgentError STATE_LOCKED, STATE_DIRECTORY, METRICS_PORT
 */
export async function startAgent(options: AgentOptions): Promise<AgentHandle> {
  const { config, configPath, log, clock = systemClock, identity } = options;
  const state = await StateDirectory.open(options.stateDir, configPath);
  const system = await systemId(configPath);
  if (system.warning !== null) log.warn(system.warning);
  const metrics = new AgentMetrics();
  const background = new Set<Promise<void>>();
  const keep = (work: Promise<void>) => {
    const done = work
      .catch((error: unknown) => log.error({ err: error }, messageOf(error)))
      .then(() => {
        background.delete(done);
      });
    background.add(done);
  };
  const helperArch = identity.architecture === "amd64" ? "x86_64" : identity.architecture;
  const context: AgentContext = {
    identity,
    systemId: system.id,
    agentId: basename(state.path),
    hostname: hostname(),
    state,
    daemons: new Daemons(),
    clock,
    log,
    home: options.home,
    defaultHelperImage: `${helperRepository}:${helperArch}-v19.4.0`,
    touchAfterMs: options.touchAfterMs ?? 30_000,
    metrics,
    background: keep,
  };
  const entries = new RunnerEntries(
    {
      agent: identity,
      clock,
      proxies: options.proxies,
      connectionMaxAgeMs: config.connection_max_age,
      metrics,
      warn: (text) => log.warn(text),
    },
    configPath,
    system.id,
  );
  let working = entries.of(config);
  let server: MetricsServer | null = null;
  const settings = (current: AgentConfig) => ({
    concurrent: current.concurrent,
    checkIntervalMs: (current.check_interval > 0 ? current.check_interval : 3) * 1000,
    entries: working,
  });

  await recoverAll(context, working);
  for (const { runner } of working) keep(warnAboutDaemon(context, runner));
  const poller = new Poller<WorkingEntry>(settings(config), {
    clock,
    observer: pollerObserver(log, metrics),
    work: {
      requestJob: (entry, longPoll, signal) => entry.client.requestJob(longPoll, signal),
      dispatch: async (entry, handedOut, slot) => {
        if (handedOut.kind === "malformed") {
          log.error(
            { job: handedOut.id, runner: entry.name },
            `job ${handedOut.id} can't be read: ${handedOut.problem}`,
          );
          return reportMalformed(entry.client, handedOut);
        }
        log.info({ job: handedOut.job.id, runner: entry.name }, `Checking for jobs... received`);
        const numbers = { runner: slot.runnerNumber, project: slot.projectNumber };
        const { runner, client } = entry;
        await runJob(context, { received: handedOut, runner, client, slot: numbers, signal: slot.signal });
        options.onJobEnded?.();
      },
    },
  });
  try {
    if (config.listen_address !== "") {
      server = await startMetricsServer(config.listen_address, {
        metrics: () => {
          metrics.update(poller.status());
          return metrics.registry.metrics();
        },
        jobs: () =>
          poller
            .status()
            .entries.map((entry) => `runner=${entry.name} state=${entry.state} jobs=${entry.running}\n`)
            .join(""),
      });
      log.info(`Metrics server listening on ${server.address}`);
    }
  } catch (error) {
    await poller.stop("forced");
    await state.close();
    throw error;
  }

  return {
    reload: (next) => {
      working = entries.of(next);
      poller.reload(settings(next));
    },
    jobs: () => poller.status().jobs,
    stop: async (mode) => {
      await poller.stop(mode);
      while (background.size > 0) await Promise.all(background);
      await server?.close();
      entries.close();
      await state.close();
    },
  };
}

/** Said at the start, so that it isn't the first job that finds out. */
async function warnAboutDaemon({ daemons, log }: AgentContext, runner: RunnerConfig): Promise<void> {
  try {
    const { facts } = await requireDaemon(daemons, runner.docker);
    log.info({ runner: runner.name, docker: facts.serverVersion, api: facts.apiVersion }, "Docker daemon answers");
  } catch (error) {
    const hint = error instanceof AgentError ? error.hint : "";
    log.error({ runner: runner.name, hint }, messageOf(error));
  }
}

/** Ends what an earlier run left behind, in the background: new jobs need not wait for it. */
async function recoverAll(context: AgentContext, working: readonly WorkingEntry[]): Promise<void> {
  const { jobs, unreadable } = await listJobs(context.state);
  for (const { path, error } of unreadable)
    context.log.error({ path }, `a journal of an earlier run can't be read: ${error.message}`);
  for (const { path, record } of jobs) {
    const entry = working.find(
      (candidate) =>
        candidate.runner.url === record.opened.entry.url && candidate.runner.name === record.opened.entry.name,
    );
    if (entry === undefined) {
      context.log.warn(
        { path },
        `job ${record.payload.id} of an earlier run belongs to a runner that is not configured any more`,
      );
      continue;
    }
    const end = async () => {
      const daemon = await context.daemons.get(entry.runner.docker, AbortSignal.timeout(30_000)).catch(() => null);
      await recoverJob(context, entry.client, daemon, path, record);
    };
    context.background(end());
  }
}
