import type { Command } from "commander";
import { shortToken } from "../coordinator/token.ts";
import { hideShapes } from "../support/redact.ts";
import { singleLine } from "../support/terminal-text.ts";
import { type CommandDeps, loadForCommand } from "./command-deps.ts";
import { addConfigOption, configFileOf } from "./config-option.ts";

/** Mounts `longshore list`. */
export function addListCommand(program: Command, deps: CommandDeps): void {
  const command = program.command("list").description("list the runners in config.toml");
  addConfigOption(command)
    .option("--show-tokens", "print whole tokens, not their first characters")
    .action(async (flags: { showTokens?: true }) => {
      const configFile = configFileOf(command, deps);
      deps.exitWith(await listRunners({ configFile, showTokens: flags.showTokens === true }, deps));
    });
}

/** Prints a line for each entry, usable or not: name, executor, token, URL. */
async function listRunners(
  { configFile, showTokens }: { readonly configFile: string; readonly showTokens: boolean },
  deps: CommandDeps,
): Promise<0> {
  const { config } = await loadForCommand(configFile, deps);
  deps.say(`${config.runners.length} runner${config.runners.length === 1 ? "" : "s"} in ${configFile}`);
  const width = Math.max(0, ...config.runners.map(({ name }) => name.length));
  for (const { name, executor, token, url } of config.runners) {
    const shown = showTokens ? token : shortToken(token);
    deps.print(`${singleLine(name).padEnd(width)}  Executor=${executor} Token=${shown} URL=${hideShapes(url)}`);
  }
  return 0;
}
