import { type Command, Option } from "commander";
import { AgentError } from "../support/errors.ts";
import { parseBoolean } from "./flag-values.ts";

/** What a registration token lets the command line say; null for what wasn't said. */
export interface Attributes {
  readonly tagList: string | null;
  readonly runUntagged: boolean | null;
  readonly locked: boolean | null;
  readonly accessLevel: "not_protected" | "ref_protected" | null;
  /** Seconds. */
  readonly maximumTimeout: number | null;
  readonly paused: boolean | null;
  readonly maintenanceNote: string | null;
}

interface AttributeFlag {
  readonly flag: string;
  readonly env: string;
  readonly value: "<text>" | "<seconds>" | "[true|false]";
  readonly help: string;
}

const flags: Readonly<Record<keyof Attributes, AttributeFlag>> = {
  tagList: { flag: "--tag-list", env: "RUNNER_TAG_LIST", value: "<text>", help: "tags, separated by commas" },
  runUntagged: {
    flag: "--run-untagged",
    env: "REGISTER_RUN_UNTAGGED",
    value: "[true|false]",
    help: "take untagged jobs (default: true without tags)",
  },
  locked: {
    flag: "--locked",
    env: "REGISTER_LOCKED",
    value: "[true|false]",
    help: "lock to the project (default: true)",
  },
  accessLevel: {
    flag: "--access-level",
    env: "REGISTER_ACCESS_LEVEL",
    value: "<text>",
    help: "not_protected or ref_protected",
  },
  maximumTimeout: {
    flag: "--maximum-timeout",
    env: "REGISTER_MAXIMUM_TIMEOUT",
    value: "<seconds>",
    help: "longest job timeout, at least 600",
  },
  paused: { flag: "--paused", env: "REGISTER_PAUSED", value: "[true|false]", help: "register paused" },
  maintenanceNote: {
    flag: "--maintenance-note",
    env: "REGISTER_MAINTENANCE_NOTE",
    value: "<text>",
    help: "note for administrators",
  },
};

export function addAttributeOptions(command: Command): Command {
  for (const { flag, value, help, env } of Object.values(flags)) {
    command.addOption(new Option(`${flag} ${value}`, `${help} [$${env}]`).helpGroup("With a registration token:"));
  }
  return command;
}

/** Throws AgentError USAGE_FLAG (exit code 2). */
export function readAttributes(command: Command, env: Readonly<Record<string, string | undefined>>): Attributes {
  const given = command.opts<Partial<Record<keyof Attributes, string | true>>>();
  const textOf = (key: keyof Attributes): string | null => {
    const value = given[key] ?? (env[flags[key].env] || undefined);
    return value === undefined ? null : String(value);
  };
  const booleanOf = (key: keyof Attributes): boolean | null => {
    const text = textOf(key);
    const value = text === null ? null : parseBoolean(text);
    if (text !== null && value === null) throw wrong(key, text, "true or false", "true");
    return value;
  };
  const timeout = textOf("maximumTimeout");
  if (timeout !== null && !(/^\d+$/.test(timeout) && (Number(timeout) >= 600 || Number(timeout) === 0))) {
    throw wrong("maximumTimeout", timeout, "a number of seconds, at least 600", "3600");
  }
  const level = textOf("accessLevel");
  if (level !== null && level !== "not_protected" && level !== "ref_protected") {
    throw wrong("accessLevel", level, "not_protected or ref_protected", "not_protected");
  }
  return {
    tagList: textOf("tagList"),
    runUntagged: booleanOf("runUntagged"),
    locked: booleanOf("locked"),
    accessLevel: level,
    maximumTimeout: timeout === null ? null : Number(timeout),
    paused: booleanOf("paused"),
    maintenanceNote: textOf("maintenanceNote"),
  };
}

const wrong = (key: keyof Attributes, found: string, expected: string, example: string): AgentError =>
  new AgentError("USAGE_FLAG", `${flags[key].flag}: found ${JSON.stringify(found)}, expected ${expected}`, {
    hint: `for example ${flags[key].flag}=${example}`,
    exitCode: 2,
  });

/** Values that say nothing, as scripts give them with every kind of token. */
const inert: Readonly<Record<keyof Attributes, string | number | boolean>> = {
  tagList: "",
  runUntagged: false,
  locked: true,
  accessLevel: "",
  maximumTimeout: 0,
  paused: false,
  maintenanceNote: "",
};

/** The flags that ask for something, by name. */
export function givenAttributes(attributes: Attributes): readonly string[] {
  const keys = Object.keys(flags) as (keyof Attributes)[];
  return keys.filter((key) => attributes[key] !== null && attributes[key] !== inert[key]).map((key) => flags[key].flag);
}
