import { type Command, Option } from "commander";
import { defaultConfigPath } from "../config/default-path.ts";
import type { CommandDeps } from "./command-deps.ts";

/** `-c, --config FILE`, else CONFIG_FILE, else the default. */
export function addConfigOption(command: Command): Command {
  return command.addOption(new Option("-c, --config <file>", "configuration file [$CONFIG_FILE]"));
}

export function configFileOf(command: Command, deps: Pick<CommandDeps, "env" | "uid" | "home">): string {
  const { config } = command.optsWithGlobals<{ config?: string }>();
  return config || deps.env["CONFIG_FILE"] || defaultConfigPath(deps.uid, deps.home);
}
