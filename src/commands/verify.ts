import type { Command } from "commander";
import { removeRunner } from "../config/edit.ts";
import { updateConfig } from "../config/save.ts";
import { systemId } from "../config/system-id.ts";
import type { RunnerConfig } from "../config/schema.ts";
import { shortToken } from "../coordinator/token.ts";
import { AgentError } from "../support/errors.ts";
import { hideShapes } from "../support/redact.ts";
import { apiOf, type CommandDeps, loadForCommand } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";
import { labelOf, positionOf, type Selector, selectRunners } from "./entry-selection.ts";

interface VerifyOptions {
  readonly configFile: string;
  readonly selector: Selector;
  /** Remove entries that the coordinator refuses. */
  readonly delete: boolean;
}

/** Mounts `longshore verify`. CI_SERVER_URL and CI_SERVER_TOKEN are not looked at: only flags select. */
export function addVerifyCommand(program: Command, deps: CommandDeps): void {
  const command = program.command("verify").description("check the runners' tokens with their coordinators");
  addConfigOption(command)
    .option("-n, --name <name>", "only the runner with this name", "")
    .option("-u, --url <url>", "only runners of this coordinator", "")
    .option("-t, --token <token>", "only the runner with this token", "")
    .option("--delete", "remove runners that the coordinator refuses from config.toml")
    .action(
      async ({ name, url, token, delete: remove }: { name: string; url: string; token: string; delete?: true }) => {
        const options = {
          configFile: configFileOf(command, deps),
          selector: { name, url, token, id: 0 },
          delete: remove === true,
        };
        deps.exitWith(await verifyRunners(options, deps));
      },
    );
}

/** Throws AgentError TOKEN_REFUSED when a coordinator refuses a runner that stays in the file. What only can't be reached counts as alive (protocol section 2.6). */
async function verifyRunners(options: VerifyOptions, deps: CommandDeps): Promise<0> {
  const { configFile } = options;
  const { config } = await loadForCommand(configFile, deps);
  const runners = selectRunners(config, options.selector).filter(({ token }) => token !== "");
  const { id, warning } = await systemId(configFile);
  if (warning !== null) deps.say(`WARNING: ${warning}`);
  const refused: RunnerConfig[] = [];
  for (const runner of runners) {
    const answer = await apiOf(runner, configFile, deps).verify(runner.token, id, deps.signal);
    const name = `${labelOf(runner)} (${shortToken(runner.token)})`;
    if (answer.kind === "verified" || answer.kind === "legacy") deps.print(`${name} is valid`);
    if (answer.kind === "failed")
      deps.say(`WARNING: ${name} can't be verified and is taken for valid: ${answer.reason}`);
    if (answer.kind === "forbidden") {
      deps.print(hideShapes(`${name} is refused by ${runner.url}: ${answer.reason}`));
      refused.push(runner);
    }
  }
  if (refused.length === 0) return 0;
  const names = refused.map(labelOf).join(", ");
  if (!options.delete) {
    throw new AgentError("TOKEN_REFUSED", `refused by the coordinator: ${names}`, {
      hint: "register them again, or remove them from the file with `longshore verify --delete`",
    });
  }
  await updateConfig(configFile, (text) =>
    refused.reduce((rest, runner) => removeRunner(rest, positionOf(runner, rest, configFile, deps)), text),
  );
  deps.say(`${configFile}: removed ${names}`);
  return 0;
}
