import { createHash } from "node:crypto";
import { type Command, Option } from "commander";
import type { AgentHandle } from "../agent-options.ts";
import { appendRunner } from "../config/edit.ts";
import { parseConfig } from "../config/parse.ts";
import type { AgentConfig } from "../config/schema.ts";
import { AgentError } from "../support/errors.ts";
import { liveWithAgent } from "./agent-life.ts";
import { type AgentDeps, agentLog, agentSurroundings } from "./agent-deps.ts";
import { loadForCommand } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";
import { addRunnerOptions, readRunnerOptions } from "./runner-options.ts";

interface SingleFlags {
  readonly runner?: string;
  readonly maxBuilds: number;
  readonly waitTimeout: number;
  readonly stateDir?: string;
}

const number = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new AgentError("BAD_NUMBER", `"${text}" is not a number`, {
    hint: "give a whole number, 0 for no limit",
    exitCode: 2,
  });
};

/** Mounts `longshore run-single`. */
export function addRunSingleCommand(program: Command, deps: AgentDeps): void {
  const command = program
    .command("run-single")
    .description("run one runner, from flags or from an entry of config.toml");
  addConfigOption(command)
    .addOption(new Option("-r, --runner <name>", "name of the entry in config.toml"))
    .addOption(new Option("--max-builds <n>", "end after so many jobs; 0 for no limit").argParser(number).default(0))
    .addOption(
      new Option("--wait-timeout <seconds>", "end after so long without a job; 0 for no limit")
        .argParser(number)
        .default(0),
    )
    .option("--state-dir <directory>", "where the agent keeps what must survive a crash");
  addRunnerOptions(command).action(async () => {
    const flags = command.opts<SingleFlags>();
    const configFile = configFileOf(command, deps);
    const config =
      flags.runner === undefined ? fromFlags(command, deps) : await fromFile(configFile, flags.runner, deps);
    const place = placeOf(configFile, config, flags.runner === undefined);
    deps.exitWith(await runSingle(config, place, flags, deps));
  });
}

async function runSingle(config: AgentConfig, place: Place, flags: SingleFlags, deps: AgentDeps): Promise<0 | 1> {
  const log = agentLog(deps, config);
  const enough = Promise.withResolvers<void>();
  let jobsEnded = 0;
  let idleSince = deps.clock.monotonic();
  const over = new AbortController();
  const watchIdle = async (agent: AgentHandle) => {
    while (flags.waitTimeout > 0) {
      await deps.clock.sleep(1000, over.signal);
      if (agent.jobs() > 0) idleSince = deps.clock.monotonic();
      else if (deps.clock.monotonic() - idleSince >= flags.waitTimeout * 1000) return enough.resolve();
    }
  };
  try {
    return await liveWithAgent({
      ...deps,
      log,
      shutdownTimeoutSeconds: () => config.shutdown_timeout,
      onHangup: () => {},
      done: enough.promise,
      start: async () => {
        const [{ startAgent }, { Daemons, requireDaemon }] = await Promise.all([
          import("../agent.ts"),
          import("../daemon/daemons.ts"),
        ]);
        for (const runner of config.runners) await requireDaemon(new Daemons(), runner.docker);
        const agent = await startAgent({
          config: { ...config, concurrent: 1 },
          configPath: place.configFile,
          stateKey: place.stateKey,
          log,
          ...agentSurroundings(deps, flags.stateDir),
          onJobEnded: () => {
            jobsEnded++;
            idleSince = deps.clock.monotonic();
            if (flags.maxBuilds > 0 && jobsEnded >= flags.maxBuilds) enough.resolve();
          },
        });
        watchIdle(agent).catch(() => {});
        return agent;
      },
    });
  } finally {
    over.abort(new Error("the agent has ended"));
  }
}

interface Place {
  readonly configFile: string;
  /** A runner from flags has a state of its own: it runs beside the agent of the configuration, and others like it. */
  readonly stateKey: string;
}

function placeOf(configFile: string, config: AgentConfig, isFromFlags: boolean): Place {
  const runner = config.runners[0];
  if (!isFromFlags || runner === undefined) return { configFile, stateKey: configFile };
  const name = createHash("sha256").update(`${runner.url} ${runner.token}`).digest("hex");
  return { configFile, stateKey: `${configFile}.single-${name}` };
}

function fromFlags(command: Command, deps: AgentDeps): AgentConfig {
  const entry = { name: deps.hostname, executor: "docker", ...readRunnerOptions(command, deps.env) };
  const { config, faults } = parseConfig(appendRunner("", entry), "flags", deps);
  for (const { error } of faults) throw error;
  const problem = config.runners[0]?.problem;
  if (problem)
    throw new AgentError(problem.code, problem.message, {
      hint: "give --url and --token, or --runner for an entry of config.toml",
      exitCode: 2,
    });
  return config;
}

async function fromFile(configFile: string, name: string, deps: AgentDeps): Promise<AgentConfig> {
  const { config } = await loadForCommand(configFile, deps);
  const runners = config.runners.filter((runner) => runner.name === name);
  if (runners.length === 1) return { ...config, runners };
  const names = config.runners.map((runner) => runner.name).join(", ");
  throw new AgentError("RUNNER_NOT_FOUND", `${configFile} has ${runners.length} runners named "${name}"`, {
    hint: names === "" ? "register one first" : `it has: ${names}`,
    exitCode: 2,
  });
}
