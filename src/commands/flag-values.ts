import { type KeyInfo } from "../config/keys.ts";
import type { TomlTable, TomlValue } from "../config/toml-text.ts";
import { AgentError } from "../support/errors.ts";

/**
 * What was written after a flag (once for each time it was given) as the value of its key; a flag without a value is
 * `true`. `name` is the flag or the variable, for errors. Throws AgentError USAGE_FLAG (exit code 2).
 */
export function flagValue(info: KeyInfo, written: readonly string[], name: string): TomlValue {
  const last = written.at(-1) ?? "";
  switch (info.kind) {
    case "boolean":
      return booleanOf(last, name, info);
    case "integer":
      if (!/^-?\d+$/.test(last)) throw wrongFlag(name, info, last, "a whole number", `${name} 1`);
      return Number(last);
    case "list":
      return written;
    case "string-or-list":
      return written.flatMap((text) => text.split(",").map((part) => part.trim()));
    case "map":
      return mapOf(written, name, info, (text) => text);
    case "boolean-map":
      return mapOf(written, name, info, (text) => booleanOf(text, name, info));
    case "list-map":
      return mapOf(written, name, info, (text) => text.split(","));
    case "string":
    case "duration":
    case "space":
    case "date":
    case "table":
    case "tables":
    case "opaque":
      return last;
  }
}

/** What an environment variable says: lists are separated by commas, as GitLab Runner reads them. */
export function variableValue(info: KeyInfo, value: string, name: string): TomlValue {
  const isList = info.kind === "list" || (info.kind.endsWith("map") && !value.trimStart().startsWith("{"));
  return flagValue(info, isList ? value.split(",") : [value], name);
}

/** Go's ParseBool. */
export function parseBoolean(text: string): boolean | null {
  if (/^(?:1|t|true)$/i.test(text)) return true;
  return /^(?:0|f|false)$/i.test(text) ? false : null;
}

function booleanOf(text: string, name: string, info: KeyInfo): boolean {
  const value = parseBoolean(text);
  if (value === null) throw wrongFlag(name, info, text, "true or false", `${name}=true`);
  return value;
}

/** `key=value` or `key:value`, each time one, or a JSON object. */
function mapOf(written: readonly string[], name: string, info: KeyInfo, read: (text: string) => TomlValue): TomlTable {
  const entries = written.flatMap((text): (readonly [string, TomlValue])[] => {
    if (text.trimStart().startsWith("{")) return jsonEntries(text, name, info);
    const [, key, value] = /^([^=:]+)[=:](.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) throw wrongFlag(name, info, text, "KEY=VALUE", `${name} key=value`);
    return [[key.trim(), read(value.trim())]];
  });
  return Object.fromEntries(entries);
}

function jsonEntries(text: string, name: string, info: KeyInfo): (readonly [string, TomlValue])[] {
  try {
    return Object.entries(JSON.parse(text) as TomlTable);
  } catch {
    throw wrongFlag(name, info, text, "KEY=VALUE or a JSON object", `${name} '{"key": "value"}'`);
  }
}

function wrongFlag(name: string, info: KeyInfo, found: string, expected: string, example: string): AgentError {
  const shown = info.secret === true || info.kind.endsWith("map") ? "something else" : JSON.stringify(found);
  return new AgentError("USAGE_FLAG", `${name}: found ${shown}, expected ${expected}`, {
    hint: `for example ${example}`,
    exitCode: 2,
  });
}
