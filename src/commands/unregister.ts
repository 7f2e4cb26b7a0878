import type { Command } from "commander";
import { removeRunner } from "../config/edit.ts";
import { updateConfig } from "../config/save.ts";
import type { AgentConfig, RunnerConfig } from "../config/schema.ts";
import { systemId } from "../config/system-id.ts";
import { tokenKind } from "../coordinator/token.ts";
import { AgentError } from "../support/errors.ts";
import { callError } from "./call-errors.ts";
import { apiOf, type CommandDeps, loadForCommand } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";
import { labelOf, positionOf, type Selector, selectRunners } from "./entry-selection.ts";

interface UnregisterOptions {
  readonly configFile: string;
  readonly selector: Selector;
  readonly all: boolean;
}

/** Mounts `longshore unregister`. */
export function addUnregisterCommand(program: Command, deps: CommandDeps): void {
  const command = program
    .command("unregister")
    .description("remove runners from their coordinators and from config.toml");
  addConfigOption(command)
    .option("-n, --name <name>", "the runner with this name", "")
    .option("-u, --url <url>", "only a runner of this coordinator [$CI_SERVER_URL]")
    .option("-t, --token <token>", "the runner with this token [$CI_SERVER_TOKEN]")
    .option("--all-runners", "every runner in the file")
    .action(async (flags: { name: string; url?: string; token?: string; allRunners?: true }) => {
      const url = flags.url ?? deps.env["CI_SERVER_URL"] ?? "";
      const token = flags.token ?? deps.env["CI_SERVER_TOKEN"] ?? "";
      const selector = { name: flags.name, url, token, id: 0 };
      const options = { configFile: configFileOf(command, deps), selector, all: flags.allRunners === true };
      deps.exitWith(await unregisterRunners(options, deps));
    });
}

/** Each entry leaves the file as soon as its coordinator has let go of it. 1 when one of several could not be unregistered. */
async function unregisterRunners(options: UnregisterOptions, deps: CommandDeps): Promise<0 | 1> {
  const { configFile } = options;
  const { config } = await loadForCommand(configFile, deps);
  const runners = options.all ? oneOfEach(config.runners) : [selectOne(config, options.selector)];
  const { id } = await systemId(configFile);
  const errors: AgentError[] = [];
  for (const runner of runners) {
    const { token } = runner;
    const api = apiOf(runner, configFile, deps);
    const created = tokenKind(token) === "created";
    const answer = created
      ? await api.unregisterManager(token, id, deps.signal)
      : await api.unregister(token, deps.signal);
    if (answer.kind !== "unregistered") {
      errors.push(unregisterError(callError(answer, runner.url, "runner authentication token"), runner, answer.kind));
      continue;
    }
    const gone = config.runners.filter((other) => isSame(other, runner));
    await updateConfig(configFile, (text) =>
      gone.reduce((rest, other) => removeRunner(rest, positionOf(other, rest, configFile, deps)), text),
    );
    deps.say(`${labelOf(runner)} is unregistered and was removed from ${configFile}`);
  }
  const [first] = errors;
  if (!first) return 0;
  if (runners.length === 1) throw first;
  for (const error of errors) deps.say(`ERROR: ${error.message}\n  ${error.hint}`);
  return 1;
}

const isSame = (a: RunnerConfig, b: RunnerConfig): boolean => a.url === b.url && a.token === b.token;

const oneOfEach = (runners: readonly RunnerConfig[]): RunnerConfig[] =>
  runners.filter((runner, i) => runner.token !== "" && runners.findIndex((other) => isSame(other, runner)) === i);

function selectOne(config: AgentConfig, selector: Selector): RunnerConfig {
  if (selector.name === "" && selector.token === "") {
    throw new AgentError("USAGE_SELECTOR", "unregister needs to know which runner", {
      hint: "give --name, --token or --all-runners",
      exitCode: 2,
    });
  }
  const found = selectRunners(config, selector);
  const [first] = found as readonly [RunnerConfig, ...RunnerConfig[]];
  if (found.every((runner) => isSame(runner, first))) return first;
  throw new AgentError("USAGE_SELECTOR", `${found.length} runners have the name ${JSON.stringify(selector.name)}`, {
    hint: "say which one with --token, too",
    exitCode: 2,
  });
}

function unregisterError(error: AgentError, runner: RunnerConfig, kind: "forbidden" | "failed"): AgentError {
  return new AgentError(error.code, `${labelOf(runner)} is still registered: ${error.message}`, {
    hint:
      kind === "forbidden"
        ? "if the coordinator doesn't know it any more, `longshore verify --delete` removes it from the file"
        : error.hint,
  });
}
