import type { Command } from "commander";
import { setRunnerKey } from "../config/edit.ts";
import { updateConfig } from "../config/save.ts";
import type { AgentConfig, RunnerConfig } from "../config/schema.ts";
import { AgentError } from "../support/errors.ts";
import { callError } from "./call-errors.ts";
import { apiOf, type CommandDeps, loadForCommand } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";
import { isEmptySelector, labelOf, positionOf, type Selector, selectRunners } from "./entry-selection.ts";

interface ResetTokenOptions {
  readonly configFile: string;
  readonly selector: Selector;
  readonly all: boolean;
  /** Personal access token to use in place of the runner's own; "" for none. */
  readonly pat: string;
}

/** Mounts `longshore reset-token`. */
export function addResetTokenCommand(program: Command, deps: CommandDeps): void {
  const command = program
    .command("reset-token")
    .description("get a new authentication token for runners, and store it");
  addConfigOption(command)
    .option("-n, --name <name>", "the runner with this name", "")
    .option("-u, --url <url>", "the runner of this coordinator, with --id", "")
    .option("-i, --id <id>", "the runner with this id", "0")
    .option("--all-runners", "every runner in the file")
    .option("--pat <token>", "personal access token to use in place of the runner's own", "")
    .action(async (flags: { name: string; url: string; id: string; allRunners?: true; pat: string }) => {
      const selector = { name: flags.name, url: flags.url, token: "", id: runnerId(flags.id) };
      const options = {
        configFile: configFileOf(command, deps),
        selector,
        all: flags.allRunners === true,
        pat: flags.pat,
      };
      deps.exitWith(await resetTokens(options, deps));
    });
}

function runnerId(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new AgentError("USAGE_FLAG", `--id: found ${JSON.stringify(text)}, expected a number`, {
    hint: "the id stands in config.toml and on the runner's page",
    exitCode: 2,
  });
}

/** Each new token is stored before the next one is asked for: the old one is worth nothing any more. */
async function resetTokens(options: ResetTokenOptions, deps: CommandDeps): Promise<0 | 1> {
  const { config } = await loadForCommand(options.configFile, deps);
  const runners = options.all
    ? config.runners.filter(({ token }) => token !== "")
    : [selectOne(config, options.selector)];
  const errors: AgentError[] = [];
  for (const runner of runners) {
    const error = await resetOne(runner, options, deps);
    if (error) errors.push(error);
    else deps.say(`${labelOf(runner)} has a new token, stored in ${options.configFile}`);
  }
  const [first] = errors;
  if (!first) return 0;
  if (runners.length === 1) throw first;
  for (const error of errors) deps.say(`ERROR: ${error.message}\n  ${error.hint}`);
  return 1;
}

async function resetOne(
  runner: RunnerConfig,
  { configFile, pat }: ResetTokenOptions,
  deps: CommandDeps,
): Promise<AgentError | null> {
  const api = apiOf(runner, configFile, deps);
  if (pat !== "" && runner.id === 0) {
    return new AgentError("USAGE_PAT", `${labelOf(runner)} has no id in ${configFile}, which --pat needs`, {
      hint: "write id = N into its [[runners]] entry; N stands on the runner's page at the coordinator",
      exitCode: 2,
    });
  }
  const answer =
    pat === ""
      ? await api.resetToken(runner.token, deps.signal)
      : await api.resetTokenWithPat(runner.id, pat, deps.signal);
  if (answer.kind !== "reset") {
    return callError(answer, runner.url, pat === "" ? "runner authentication token" : "personal access token");
  }
  const expiresAt = answer.expiresAt ?? new Date("0001-01-01T00:00:00Z");
  await updateConfig(configFile, (text) => {
    const index = positionOf(runner, text, configFile, deps);
    const withToken = setRunnerKey(text, index, "token", answer.token);
    const obtained = setRunnerKey(withToken, index, "token_obtained_at", new Date(deps.clock.now()), "token");
    return setRunnerKey(obtained, index, "token_expires_at", expiresAt, "token_obtained_at");
  });
  return null;
}

function selectOne(config: AgentConfig, selector: Selector): RunnerConfig {
  const found = isEmptySelector(selector) ? [] : selectRunners(config, selector);
  const [first] = found;
  if (first && found.length === 1) return first;
  throw new AgentError(
    "USAGE_SELECTOR",
    first ? `${found.length} runners fit` : "reset-token needs to know which runner",
    {
      hint: "give --name, --url and --id, or --all-runners",
      exitCode: 2,
    },
  );
}
