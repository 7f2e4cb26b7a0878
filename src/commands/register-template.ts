import { readConfigText } from "../config/load.ts";
import { isTable } from "../config/known-keys.ts";
import { parseToml } from "../config/parse.ts";
import type { TomlTable, TomlValue } from "../config/toml-text.ts";
import { AgentError } from "../support/errors.ts";

/** The one [[runners]] entry of a template, without its token. Throws AgentError TEMPLATE (exit code 2) and those of reading a file. */
export async function loadTemplate(file: string): Promise<TomlTable> {
  const text = await readConfigText(file);
  if (text === null)
    throw templateError(`there is no template file ${file}`, "name an existing file with --template-config");
  const runners = parseToml(text, file)["runners"];
  if (!Array.isArray(runners) || runners.length !== 1 || !isTable(runners[0])) {
    const found = Array.isArray(runners) ? `${runners.length}` : "no";
    throw templateError(
      `${file} has ${found} [[runners]] entries`,
      "leave exactly one [[runners]] entry in the template",
    );
  }
  const { token: _, ...entry } = runners[0] as TomlTable;
  return entry;
}

const templateError = (message: string, hint: string): AgentError =>
  new AgentError("TEMPLATE", message, { hint, exitCode: 2 });

/** `given` with what it says nothing about taken from the template, table by table. */
export function mergeTemplate(given: TomlTable, template: TomlTable): TomlTable {
  const merged: Record<string, TomlValue> = { ...given };
  for (const [key, value] of Object.entries(template)) {
    const own = given[key];
    if (own === undefined) merged[key] = value;
    else if (isTable(own) && isTable(value)) merged[key] = mergeTemplate(own as TomlTable, value as TomlTable);
  }
  return merged;
}
