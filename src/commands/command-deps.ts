import type { RunnerApi, RunnerApiFactory } from "../coordinator/runner-api.ts";
import { certsDirOf, loadConfig, type LoadedConfig, type Surroundings } from "../config/load.ts";
import type { RunnerConfig } from "../config/schema.ts";
import { requireUsableRunner } from "../config/usable.ts";
import type { Clock } from "../support/clock.ts";

/** A question with a line for an answer. */
export interface Question {
  readonly message: string;
  readonly placeholder?: string;
  /** Already typed in; Enter takes it. */
  readonly initial?: string;
  /** Shown as dots. */
  readonly secret?: boolean;
  /** "" may be the answer. */
  readonly optional?: boolean;
  /** What is wrong with an answer, or undefined. */
  readonly check?: (answer: string) => string | undefined;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Asks a person at a terminal. Rejects with an AgentError CANCELLED when the person gives up. */
export interface Prompter {
  ask(question: Question): Promise<string>;
  choose(message: string, choices: readonly Choice[]): Promise<string>;
}

/** What the registration commands get from the process around them. */
export interface CommandDeps extends Surroundings {
  readonly createRunnerApi: RunnerApiFactory;
  /** null when there is no terminal to ask on. */
  readonly prompter: Prompter | null;
  readonly uid: number;
  readonly hostname: string;
  readonly clock: Clock;
  /** Aborted on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** One line to standard output: what the command was asked for. */
  readonly print: (line: string) => void;
  /** One line to standard error: progress and warnings. */
  readonly say: (line: string) => void;
  /** Called once, when the command is done; not when it rejects. 0, 1 or 2, but for `custom`, whose caller names the codes. */
  readonly exitWith: (code: number) => void;
}

/** Loads config.toml and says its warnings. */
export async function loadForCommand(configFile: string, deps: CommandDeps): Promise<LoadedConfig> {
  const loaded = await loadConfig(configFile, deps);
  for (const warning of loaded.warnings) deps.say(`WARNING: ${warning}`);
  return loaded;
}

/** The same for a command that takes jobs. Throws AgentError CONFIG_NO_RUNNER, too. */
export async function loadForJobs(configFile: string, deps: CommandDeps): Promise<LoadedConfig> {
  const loaded = await loadForCommand(configFile, deps);
  requireUsableRunner(loaded.config, configFile);
  return loaded;
}

/** The calls to an entry's coordinator. */
export function apiOf(
  runner: Pick<RunnerConfig, "url" | "tls-ca-file" | "tls-cert-file" | "tls-key-file">,
  configFile: string,
  deps: CommandDeps,
): RunnerApi {
  return deps.createRunnerApi({
    url: runner.url,
    tls: {
      caFile: runner["tls-ca-file"],
      certFile: runner["tls-cert-file"],
      keyFile: runner["tls-key-file"],
      certsDir: certsDirOf(configFile),
    },
  });
}
