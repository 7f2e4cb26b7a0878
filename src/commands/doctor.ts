import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import type { Command } from "commander";
import { loadConfig, type LoadedConfig } from "../config/load.ts";
import { systemId } from "../config/system-id.ts";
import type { Examination } from "../doctor/doctor.ts";
import { AgentError } from "../support/errors.ts";
import { hideShapes } from "../support/redact.ts";
import type { AgentDeps } from "./agent-deps.ts";
import { defaultStateDir } from "./state-dir.ts";
import { apiOf } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";
import { configurationResult, doctorJson, doctorLines, type DoctorReport } from "./doctor-report.ts";
import { selectRunners } from "./entry-selection.ts";

interface DoctorFlags {
  readonly runner?: string;
  readonly stateDir?: string;
  readonly json?: true;
}

/** Mounts `longshore doctor`. */
export function addDoctorCommand(program: Command, deps: AgentDeps): void {
  const command = program
    .command("doctor")
    .description("try out what jobs depend on, and say what to change: configuration, coordinator, Docker, networks");
  addConfigOption(command)
    .option("-r, --runner <name>", "only the runner with this name")
    .option("--state-dir <directory>", "where the agent keeps what must survive a crash")
    .option("--json", "print the report as JSON")
    .action(async () => deps.exitWith(await doctor(configFileOf(command, deps), command.opts<DoctorFlags>(), deps)));
}

/** 0: nothing failed, warnings or not. 1: something did, or something of its own could not be removed. 2: the configuration can't be used, or there is no such runner. */
async function doctor(configFile: string, flags: DoctorFlags, deps: AgentDeps): Promise<0 | 1 | 2> {
  const began = deps.clock.monotonic();
  const left: string[] = [];
  const print = (examination: Examination, configuration: DoctorReport["configuration"]) => {
    const seconds = (deps.clock.monotonic() - began) / 1000;
    const report: DoctorReport = { config: configFile, configuration, ...examination, left, seconds };
    if (flags.json) deps.print(hideShapes(JSON.stringify(doctorJson(report), null, 2)));
    else for (const line of doctorLines(report)) deps.print(hideShapes(line));
    return doctorJson(report).ok;
  };
  let loaded: LoadedConfig;
  try {
    loaded = await loadConfig(configFile, deps);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    print({ machine: [], entries: [] }, configurationResult(error));
    return 2;
  }
  const { config, warnings } = loaded;
  const selector = { name: flags.runner ?? "", url: "", token: "", id: 0 };
  const runners = selectRunners(config, selector);
  // Not at the top: other commands start faster without it.
  const [{ examine }, { statePathOf }] = await Promise.all([
    import("../doctor/doctor.ts"),
    import("../journal/state-path.ts"),
  ]);
  const statePath = await statePathOf(flags.stateDir ?? defaultStateDir(deps), configFile);
  const agentId = basename(statePath);
  const boot = `doctor-${randomBytes(4).toString("hex")}`;
  const examination = await examine(
    {
      config,
      configPath: configFile,
      systemId: (await systemId(configFile)).id,
      statePath,
      agentId,
      boot,
      identity: deps.identity,
      proxies: deps.env,
      home: deps.home,
      clock: deps.clock,
      apiOf: (runner) => apiOf(runner, configFile, deps),
      onProblem: (text) => {
        left.push(text);
        deps.say(`WARNING: left on the daemon: ${text}`);
      },
    },
    runners,
    deps.signal,
  );
  const isHealthy = print(examination, configurationResult({ warnings, runners: config.runners.length }));
  return isHealthy ? 0 : 1;
}
