import type { Command } from "commander";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { watchConfig } from "../config/watch.ts";
import type { AgentConfig } from "../config/schema.ts";
import { faultOfWorking } from "../config/usable.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { liveWithAgent } from "./agent-life.ts";
import { type AgentDeps, agentLog, agentSurroundings } from "./agent-deps.ts";
import { loadForJobs } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";

interface RunFlags {
  readonly listenAddress?: string;
  readonly stateDir?: string;
  readonly waitForConfig?: true;
}

const configPauseMs = 1_000;
/** By then the daemons and the coordinator have answered for the first time. */
const startUpMs = 3_000;

/** Where changes of the configuration go: kept until there is an agent to take them. */
interface Changes {
  early: LoadedConfig | null;
  apply: (changed: LoadedConfig) => void;
  fail: (error: unknown) => void;
}

/** Mounts `longshore run`. */
export function addRunCommand(program: Command, deps: AgentDeps): void {
  const command = program.command("run").description("ask for jobs and run them until a signal ends it");
  addConfigOption(command)
    .option("--listen-address <address>", "metrics and debug server [$LISTEN_ADDRESS]")
    .option("--state-dir <directory>", "where the agent keeps what must survive a crash")
    .option("--wait-for-config", "when there is no configuration file yet, wait until `register` has made one")
    .option("-n, --service <name>", "accepted for GitLab Runner's sake")
    .option("-d, --working-directory <directory>", "accepted for GitLab Runner's sake")
    .option("-u, --user <user>", "accepted for GitLab Runner's sake")
    .option("--syslog", "accepted for GitLab Runner's sake")
    .action(async () => deps.exitWith(await run(configFileOf(command, deps), command.opts<RunFlags>(), deps)));
}

/**
 * Runs until a signal: SIGQUIT lets running jobs end, SIGTERM and SIGINT end them within shutdown_timeout and a second
 * one at once, SIGHUP and a changed file reload the configuration.
 */
async function run(configFile: string, flags: RunFlags, deps: AgentDeps): Promise<0 | 1> {
  const listenAddress = flags.listenAddress ?? deps.env["LISTEN_ADDRESS"] ?? "";
  const withFlags = (config: AgentConfig): AgentConfig =>
    listenAddress === "" ? config : { ...config, listen_address: listenAddress };
  // Watched before it is read, so that no change falls between the two.
  const changes: Changes = {
    early: null,
    apply: (changed) => {
      changes.early = changed;
    },
    fail: () => {},
  };
  await using watch = await watchConfig({
    file: configFile,
    load: () => loadConfig(configFile, deps),
    clock: deps.clock,
    onConfig: (changed) => changes.apply(changed),
    onError: (error) => changes.fail(error),
  });
  const loaded = flags.waitForConfig ? await loadWhenThere(configFile, deps) : await loadForJobs(configFile, deps);
  if (loaded === null || deps.signal.aborted) return 0;
  let config = withFlags(loaded.config);
  const log = agentLog(deps, config);
  log.info({ config: configFile, runners: config.runners.length, concurrent: config.concurrent }, "Starting longshore");

  return await liveWithAgent({
    ...deps,
    log,
    shutdownTimeoutSeconds: () => config.shutdown_timeout,
    onHangup: () => {
      watch.reload().catch((error: unknown) => changes.fail(error));
    },
    start: async () => {
      // Not at the top: other commands start faster without the agent's libraries.
      const { startAgent } = await import("../agent.ts");
      const agent = await startAgent({
        config,
        configPath: configFile,
        checkAtStart: true,
        watchDisks: {},
        log,
        ...agentSurroundings(deps, flags.stateDir),
      });
      changes.apply = (next) => {
        // One that works goes on as it is rather than not at all.
        const fault = faultOfWorking(config, next);
        if (fault !== undefined) return changes.fail(fault.error);
        for (const warning of next.warnings) log.warn(warning);
        config = withFlags(next.config);
        agent.reload(config);
        log.info("Configuration loaded");
      };
      changes.fail = (error) => log.error(`Configuration not loaded, the old one stays: ${messageOf(error)}`);
      if (changes.early !== null) changes.apply(changes.early);
      giveBackStartUp();
      return agent;
    },
  });
}

/**
 * Once, when the start is over: what loading and reading the configuration left in memory is some MiB that an idle agent
 * would keep for as long as nothing makes V8 collect. The launcher asks for `gc`; without it nothing happens.
 */
function giveBackStartUp(): void {
  setTimeout(() => globalThis.gc?.({ type: "major", flavor: "last-resort" }), startUpMs).unref();
}

/** For containers, into which one goes to register: null when a signal came first. */
async function loadWhenThere(configFile: string, deps: AgentDeps): Promise<LoadedConfig | null> {
  const ended = new AbortController();
  // `docker stop` sends it, and the first process of a container does not hear signals that it has no handler for.
  const off = deps.signals.on("SIGQUIT", () => ended.abort(new Error("SIGQUIT")));
  const signal = AbortSignal.any([deps.signal, ended.signal]);
  let said = false;
  try {
    while (!signal.aborted) {
      const loaded = await loadForJobs(configFile, deps).catch(nullWhenMissing);
      if (loaded !== null) return signal.aborted ? null : loaded;
      if (!said) deps.say(`There is no ${configFile} yet; waiting for \`longshore register\` to make it`);
      said = true;
      await deps.clock.sleep(configPauseMs, signal).catch(() => {});
    }
    return null;
  } finally {
    off();
  }
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof AgentError && error.code === "CONFIG_MISSING") return null;
  throw error;
}
