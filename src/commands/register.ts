import { type Command, Option } from "commander";
import { checkEntry } from "../config/check-entry.ts";
import { appendRunner } from "../config/edit.ts";
import { readConfigText } from "../config/load.ts";
import { parseConfig } from "../config/parse.ts";
import { updateConfig } from "../config/save.ts";
import type { AgentConfig, RunnerConfig } from "../config/schema.ts";
import { peekSystemId, storeSystemId } from "../config/system-id.ts";
import type { TomlTable } from "../config/toml-text.ts";
import { shortToken } from "../coordinator/token.ts";
import { apiOf, type CommandDeps } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";
import { obtainToken, type Registration, undoRegistration } from "./register-token.ts";
import { collectRegistration, type RegisterOptions } from "./register-input.ts";
import { addAttributeOptions, readAttributes } from "./register-attributes.ts";
import { addRunnerOptions, flagName, readRunnerOptions } from "./runner-options.ts";

/** Mounts `longshore register`. */
export function addRegisterCommand(program: Command, deps: CommandDeps): void {
  const command = program
    .command("register")
    .description("register a runner with a coordinator and add it to config.toml");
  addConfigOption(command)
    .option("-n, --non-interactive", "never ask; what is needed must be given [$REGISTER_NON_INTERACTIVE]")
    .option("-r, --registration-token <token>", "registration token (deprecated: use --token) [$REGISTRATION_TOKEN]")
    .option("--leave-runner", "keep the runner at the coordinator when a later step fails [$REGISTER_LEAVE_RUNNER]")
    .addOption(
      new Option(
        "--template-config <file>",
        "file with one [[runners]] entry for what isn't given [$TEMPLATE_CONFIG_FILE]",
      ),
    );
  addAttributeOptions(command);
  addRunnerOptions(command).action(async () => {
    deps.exitWith(await register(readOptions(command, deps), deps));
  });
}

function readOptions(command: Command, deps: CommandDeps): RegisterOptions {
  const flags = command.opts<{
    nonInteractive?: true;
    leaveRunner?: true;
    registrationToken?: string;
    templateConfig?: string;
  }>();
  const isSet = (name: string) => /^(?:1|t|true)$/i.test(deps.env[name] ?? "");
  return {
    configFile: configFileOf(command, deps),
    nonInteractive: flags.nonInteractive ?? isSet("REGISTER_NON_INTERACTIVE"),
    leaveRunner: flags.leaveRunner ?? isSet("REGISTER_LEAVE_RUNNER"),
    registrationToken: flags.registrationToken ?? deps.env["REGISTRATION_TOKEN"] ?? "",
    templateConfig: flags.templateConfig ?? deps.env["TEMPLATE_CONFIG_FILE"] ?? "",
    attributes: readAttributes(command, deps.env),
    entry: readRunnerOptions(command, deps.env),
  };
}

/**
 * Exchanges or checks the token and writes the entry. Everything that can be wrong on this side is checked before the
 * coordinator is asked; when a step after that fails, or on SIGINT, the runner is unregistered again.
 */
async function register(options: RegisterOptions, deps: CommandDeps): Promise<0> {
  const { configFile } = options;
  const existing = await existingConfig(configFile, deps);
  const { entry, token, attributes } = await collectRegistration(options, deps);
  const runner = checkEntry({ ...entry, token: token.value }, flagName, deps);
  warnAboutTwin(runner, existing, deps);

  const system = await peekSystemId(configFile);
  const api = apiOf(runner, configFile, deps);
  const registration = await obtainToken({ api, runner, token, attributes, systemId: system.id }, deps);
  try {
    deps.signal.throwIfAborted();
    await updateConfig(configFile, (text) =>
      appendRunner(text === "" ? "concurrent = 1\n" : text, entryOf(entry, registration, deps)),
    );
  } catch (error) {
    if (!options.leaveRunner) await undoRegistration(api, registration, system.id, deps);
    throw error;
  }
  const warning = system.stored ? null : await storeSystemId(configFile, system.id);
  if (warning !== null) deps.say(`WARNING: ${warning}`);
  warnAboutLimits(runner, existing?.concurrent ?? 1, deps);
  deps.say(
    `Runner ${JSON.stringify(runner.name)} (${shortToken(registration.token)}) is registered and was added to ${configFile}.`,
  );
  deps.say("An agent that runs with this file takes it up by itself; otherwise start one with `longshore run`.");
  return 0;
}

/** A file that is broken, or can't be added to, is found before anything is registered. */
async function existingConfig(configFile: string, deps: CommandDeps): Promise<AgentConfig | null> {
  const text = await readConfigText(configFile);
  if (text === null) return null;
  const { config } = parseConfig(text, configFile, deps);
  appendRunner(text, {});
  return config;
}

/** In the order in which GitLab Runner writes the keys. Go's zero time stands for "never". */
function entryOf(entry: TomlTable, registration: Registration, deps: CommandDeps): TomlTable {
  const { name, url, executor, ...rest } = entry as TomlTable & { name: string; url: string; executor: string };
  return {
    name,
    url,
    id: registration.id,
    token: registration.token,
    token_obtained_at: new Date(deps.clock.now()),
    token_expires_at: registration.expiresAt ?? new Date("0001-01-01T00:00:00Z"),
    executor,
    ...rest,
  };
}

function warnAboutTwin(runner: RunnerConfig, existing: AgentConfig | null, deps: CommandDeps): void {
  const twin = existing?.runners.some(({ url, token }) => url === runner.url && token === runner.token);
  if (twin) deps.say(`WARNING: a runner with this token is in the file already; both share its jobs`);
}

function warnAboutLimits(runner: RunnerConfig, concurrent: number, deps: CommandDeps): void {
  for (const key of ["limit", "request_concurrency"] as const) {
    if (runner[key] <= concurrent) continue;
    deps.say(
      `WARNING: ${key} = ${runner[key]} is more than concurrent = ${concurrent}, which counts for all runners together`,
    );
  }
}
