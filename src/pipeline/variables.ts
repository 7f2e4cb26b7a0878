import {
  child,
  children,
  flagOf,
  isMapField,
  mapOf,
  reject,
  scalarTextOf,
  textsOf,
  type Field,
  type MapField,
} from "./field.ts";
import { checkKeywords, type KeywordTable } from "./keywords.ts";
import type { PipelineVariable } from "./pipeline.ts";

export type Variables = ReadonlyMap<string, PipelineVariable>;

export const noVariables: Variables = new Map();

/**
 * Reads `variables:`. `table` names the keys of the long form (`{value, expand}`); null where only plain values are
 * allowed, as in rules and services.
 */
export function readVariables(field: Field, table: KeywordTable | null): Variables {
  const map = mapOf(field, "variables");
  const variables = new Map<string, PipelineVariable>();
  if (map === null) return variables;
  for (const entry of children(map)) {
    const variable = isMapField(entry) ? readLongForm(entry, entry.key, table) : readPlain(entry, entry.key);
    if (variable !== null) variables.set(entry.key, variable);
  }
  return variables;
}

function readPlain(field: Field, key: string): PipelineVariable | null {
  if (field.node.kind === "list") {
    return reject(field, `The variable ${key} has to be one value, not a list.`, "Write the values as one text.");
  }
  const value = scalarTextOf(field);
  return value === null ? null : { key, value, raw: false, file: false };
}

function readLongForm(field: MapField, key: string, table: KeywordTable | null): PipelineVariable | null {
  if (table === null)
    return reject(field, `The variable ${key} has to be a text here, not a map.`, `Write ${key}: "value".`);
  checkKeywords(field, table, "a variable");
  const valueField = child(field, "value");
  // A variable of the run-pipeline form may have a description only; it is empty until somebody fills it in.
  const value = valueField === null ? "" : scalarTextOf(valueField);
  const expandField = child(field, "expand");
  const expand = expandField === null ? true : flagOf(expandField);
  const optionsField = child(field, "options");
  if (optionsField !== null && value !== null && !textsOf(optionsField).includes(value)) {
    reject(optionsField, `The value of ${key} is not among its options.`, "Add it to options, or choose one of them.");
  }
  return value === null ? null : { key, value, raw: expand === false, file: false };
}

/** Later ones win over earlier ones of the same name. */
export function mergeVariables(...layers: readonly Variables[]): Variables {
  return new Map(layers.flatMap((layer) => [...layer]));
}

export function plainVariables(values: Iterable<readonly [string, string]>): Variables {
  return new Map([...values].map(([key, value]) => [key, { key, value, raw: false, file: false }]));
}

/**
 * What conditions see. GitLab ranks its own variables below those of the YAML and those that somebody gave the
 * pipeline above them; the two come in one map, so they are told apart by their names.
 */
export function scopeOf(
  given: ReadonlyMap<string, string>,
  ...layers: readonly Variables[]
): ReadonlyMap<string, string> {
  const scope = new Map([...given].filter(([key]) => isPredefined(key)));
  for (const [key, variable] of mergeVariables(...layers)) scope.set(key, variable.value);
  for (const [key, value] of given) if (!isPredefined(key)) scope.set(key, value);
  return scope;
}

function isPredefined(key: string): boolean {
  return /^(?:CI|GITLAB)(?:_|$)/.test(key);
}
