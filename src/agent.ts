import { hostname } from "node:os";
import { basename } from "node:path";
import type { AgentHandle, AgentOptions } from "./agent-options.ts";
import { openMetrics } from "./agent-metrics.ts";
import { checkAtStart, lookAtAll, warnAboutDaemon, watchDaemons } from "./agent-daemons.ts";
import { AgentSecrets } from "./agent-secrets.ts";
import { CacheStores } from "./cache/cache-stores.ts";
import { openUpkeep, probes } from "./agent-upkeep.ts";
import type { AgentConfig } from "./config/schema.ts";
import { systemId } from "./config/system-id.ts";
import type { EntryStatus } from "./coordinator/poll-entry.ts";
import { Poller } from "./coordinator/poller.ts";
import { Daemons } from "./daemon/daemons.ts";
import type { AgentContext } from "./executor/agent-context.ts";
import { LateDeliveries } from "./executor/late-deliveries.ts";
import { reportUnstarted } from "./executor/report-unstarted.ts";
import { runJob } from "./executor/run-job.ts";
import { StoragePool } from "./executor/storage-pool.ts";
import { keepStoresTidy } from "./executor/storage-upkeep.ts";
import { StateDirectory } from "./journal/state-directory.ts";
import { StateRoom } from "./journal/state-room.ts";
import { type MetricsServer, startMetricsServer } from "./metrics-server.ts";
import { pollerObserver } from "./poller-observer.ts";
import { recoverAll, type ResumedJob, resumeJob } from "./recover-all.ts";
import { RunnerEntries, type WorkingEntry } from "./runner-entry.ts";
import { otlpSettings } from "./spans/otlp-settings.ts";
import { SpanExports } from "./spans/span-exports.ts";
import { summaryLine } from "./spans/summary.ts";
import { systemClock } from "./support/clock.ts";
import { messageOf } from "./support/errors.ts";
import { UsageLedger } from "./upkeep/usage-ledger.ts";

/**
 * Builds every part from the configuration and starts asking for jobs.
 * @throws AgentError STATE_LOCKED, STATE_DIRECTORY, METRICS_PORT
 */
export async function startAgent(options: AgentOptions): Promise<AgentHandle> {
  const { config, configPath, log, clock = systemClock, identity } = options;
  const secrets = new AgentSecrets(options);
  const state = await StateDirectory.open(options.stateDir, options.stateKey ?? configPath);
  const system = await systemId(configPath);
  if (system.warning !== null) log.warn(system.warning);
  const metrics = await openMetrics(config.listen_address);
  const background = new Set<Promise<void>>();
  const keep = (work: Promise<void>) => {
    const done = work
      .catch((error: unknown) => log.error({ err: error }, messageOf(error)))
      .then(() => {
        background.delete(done);
      });
    background.add(done);
  };
  const spanExports = new SpanExports({
    settings: options.otlp ?? otlpSettings({}),
    version: identity.version,
    clock,
    warn: (text) => log.warn(text),
  });
  const stopping = new AbortController();
  const daemonWatch = watchDaemons({ log, clock, stopping: stopping.signal, times: options.daemonTimes ?? {} });
  const stateRoom = new StateRoom(state.path, clock, options.diskPatienceMs);
  await stateRoom.check();
  const probeOf = probes(state, identity, () => working.map(({ runner }) => runner));
  const usage = await UsageLedger.open(state.path, clock, log);
  const context = {
    identity,
    systemId: system.id,
    agentId: basename(state.path),
    hostname: hostname(),
    state,
    stateRoom,
    daemons: new Daemons(probeOf, stopping.signal, clock),
    daemonWatch,
    stores: new StoragePool({ statePath: state.path, agentId: basename(state.path), boot: state.boot, clock }),
    cacheStores: new CacheStores({ proxies: options.proxies, clock }),
    usage,
    clock,
    log,
    home: options.home,
    touchAfterMs: options.touchAfterMs ?? 30_000,
    metrics,
    late: new LateDeliveries({ clock, log, metrics, stopping: stopping.signal, client: (job) => entries.current(job) }),
    stopping: stopping.signal,
    reportSpans: (report) => {
      const { job, spans, durationMs } = report;
      log.debug({ job: job.id }, `job ${job.id} took its time: ${summaryLine(spans, durationMs)}`);
      spanExports.take(report);
      secrets.jobIsGone(job.id);
      options.onJobSpans?.(report);
    },
    background: keep,
  } satisfies AgentContext;
  const upkeep = await openUpkeep(context, probeOf, options.watchDisks ?? null);
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
    (runner) => daemonWatch.obstacle(runner.docker) ?? stateRoom.obstacle() ?? upkeep.obstacle(runner),
  );
  let working = entries.of(config);
  let server: MetricsServer | null = null;
  let poller: Poller<WorkingEntry> | null = null;
  const settings = (current: AgentConfig) => ({
    concurrent: current.concurrent,
    checkIntervalMs: (current.check_interval > 0 ? current.check_interval : 3) * 1000,
    entries: working,
  });

  let resumed: readonly ResumedJob[] = [];
  // Before any question: a job must not be taken by an agent that can't start.
  try {
    if (config.listen_address !== "") {
      server = await startMetricsServer(config.listen_address, {
        metrics: () => metrics.text(poller?.status() ?? null),
        jobs: () => poller?.status().entries.map(entryLine).join("") ?? "",
      });
      log.info(`Metrics server listening on ${server.address}`);
    }
    resumed = await recoverAll(context, working, secrets);
  } catch (error) {
    await server?.close();
    metrics.close();
    await state.close();
    throw error;
  }
  await lookAtAll(
    daemonWatch,
    working.map(({ runner }) => runner.docker),
  );
  for (const { runner } of working) keep(warnAboutDaemon(context, runner));
  if (options.checkAtStart === true) keep(checkAtStart(context, working, config.concurrent));
  upkeep.start(() => working);
  keep(keepStoresTidy(context, () => working.map(({ runner }) => runner.docker)));
  const running = new Poller<WorkingEntry>(settings(config), {
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
          await reportUnstarted(
            entry.client,
            handedOut,
            `the runner can't read this job's description: ${handedOut.problem}`,
            clock,
          );
          options.onJobEnded?.();
          return;
        }
        log.info({ job: handedOut.job.id, runner: entry.name }, `Checking for jobs... received`);
        secrets.ofJob(handedOut.job);
        const numbers = { runner: slot.runnerNumber, project: slot.projectNumber };
        const { runner, client } = entry;
        await runJob(context, { received: handedOut, runner, client, slot: numbers, signal: slot.signal });
        options.onJobEnded?.();
      },
    },
  });
  poller = running;
  // At once, and before any answer: their places are taken.
  for (const job of resumed) resumeJob(context, running, job, () => options.onJobEnded?.());
  return {
    reload: (next) => {
      secrets.ofConfig(next);
      working = entries.of(next);
      running.reload(settings(next));
    },
    jobs: () => running.status().jobs,
    stop: async (mode) => {
      await running.stop(mode);
      stopping.abort(new Error("the agent ends"));
      while (background.size > 0) await Promise.all(background);
      await context.daemons.ended();
      await daemonWatch.ended();
      await usage.flushed();
      await spanExports.close();
      await server?.close();
      metrics.close();
      entries.close();
      await stateRoom.check();
      await state.close();
    },
  };
}

function entryLine(entry: EntryStatus): string {
  return `runner=${entry.name} state=${entry.state} jobs=${entry.running}\n`;
}
