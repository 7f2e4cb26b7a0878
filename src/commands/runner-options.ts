import { type Command, Option } from "commander";
import { type RunnerFlag, runnerFlags } from "../config/flags.ts";
import type { KeyPath } from "../config/key-tree.ts";
import type { TomlTable, TomlValue } from "../config/toml-text.ts";
import { flagValue, variableValue } from "./flag-values.ts";

const shorts: Readonly<Record<string, string>> = { "--url": "-u, ", "--token": "-t, " };
/** GitLab Runner's other name for a flag. */
const synonyms: Readonly<Record<string, string>> = { "--name": "--description" };

const groupOf = ({ path }: RunnerFlag): string => {
  if (path[0] === "docker") return path[1] === "daemon" ? "Docker for the job:" : "Docker:";
  return path[0] === "cache" ? "Cache:" : "Runner:";
};

/** A flag for every key of a [[runners]] entry, as `register` and `run-single` have them. */
export function addRunnerOptions(command: Command): Command {
  for (const flag of runnerFlags) {
    const { kind, description, unit } = flag.info;
    const value = kind === "boolean" ? " [true|false]" : ` <${kind.endsWith("map") ? "key=value" : "value"}>`;
    const help = `${description.replaceAll("`", "")}${unit === undefined ? "" : ` (${unit})`} [$${flag.env}]`;
    const add = (name: string, hidden: boolean) =>
      command.addOption(new Option(name + value, help).argParser(collect).helpGroup(groupOf(flag)).hideHelp(hidden));
    add((shorts[flag.flag] ?? "") + flag.flag, false);
    for (const other of [flag.alias, synonyms[flag.flag] ?? null]) if (other !== null) add(other, true);
  }
  return command;
}

const collect = (value: string, previous: unknown): string[] => [
  ...(Array.isArray(previous) ? (previous as string[]) : []),
  value,
];

/** What the flags and variables say, as a [[runners]] entry; keys that nothing was said about are not in it. */
export function readRunnerOptions(command: Command, env: Readonly<Record<string, string | undefined>>): TomlTable {
  const entry: MutableTable = {};
  for (const flag of runnerFlags) {
    const written = [flag.flag, flag.alias, synonyms[flag.flag] ?? null].flatMap((name) => writtenFor(command, name));
    const variable = env[flag.env];
    if (written.length > 0) put(entry, flag.path, flagValue(flag.info, written, flag.flag));
    else if (variable) put(entry, flag.path, variableValue(flag.info, variable, flag.env));
  }
  return entry;
}

function writtenFor(command: Command, name: string | null): readonly string[] {
  const option = command.options.find(({ long }) => long === name);
  if (name === null || !option) return [];
  const value: unknown = command.getOptionValue(option.attributeName());
  if (Array.isArray(value)) return value as string[];
  return value === true ? ["true"] : [];
}

interface MutableTable {
  [key: string]: TomlValue | MutableTable;
}

function put(table: MutableTable, [first, ...rest]: readonly string[], value: TomlValue): void {
  if (first === undefined) return;
  if (rest.length === 0) table[first] = value;
  else put((table[first] ??= {}) as MutableTable, rest, value);
}

/** `["docker", "image"]` -> `--docker-image`, for errors. */
export function flagName(path: KeyPath): string | null {
  return runnerFlags.find((flag) => flag.path.join(".") === path.join("."))?.flag ?? null;
}
