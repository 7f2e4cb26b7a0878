/** What can be written into config.toml. */
export type TomlValue = string | number | boolean | Date | readonly TomlValue[] | TomlTable;
export interface TomlTable {
  readonly [key: string]: TomlValue;
}

const isTomlTable = (value: TomlValue): value is TomlTable =>
  typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);

const isTableList = (value: TomlValue): value is readonly TomlTable[] =>
  Array.isArray(value) && value.length > 0 && value.every((element: TomlValue) => isTomlTable(element));

/** A key as TOML: bare where it can be. */
export function tomlKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : tomlString(key);
}

/** A value on one line; tables become inline tables. */
export function tomlValue(value: TomlValue): string {
  if (typeof value === "string") return tomlString(value);
  if (typeof value === "number") return Number.isInteger(value) ? String(BigInt(value)) : String(value);
  if (typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
  if (Array.isArray(value)) return `[${value.map((element: TomlValue) => tomlValue(element)).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, inner]) => `${tomlKey(key)} = ${tomlValue(inner)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

/** JSON's escapes are TOML's, but for DEL, which JSON leaves as it is, and lone surrogates, which TOML has no way to say. */
function tomlString(value: string): string {
  return JSON.stringify(value.toWellFormed()).replaceAll("\x7f", "\\u007f");
}

/**
 * One `[[path]]` or `[path]` section as GitLab Runner writes them: keys first, then its tables, each level two spaces
 * further in. Ends without newline.
 */
export function tomlSection(path: readonly string[], table: TomlTable, kind: "table" | "list", depth = 0): string {
  const indent = "  ".repeat(depth);
  const name = path.map(tomlKey).join(".");
  const lines = [indent + (kind === "list" ? `[[${name}]]` : `[${name}]`)];
  const entries = Object.entries(table);
  for (const [key, value] of entries) {
    if (!isTomlTable(value) && !isTableList(value)) lines.push(`${indent}  ${tomlKey(key)} = ${tomlValue(value)}`);
  }
  for (const [key, value] of entries) {
    if (isTomlTable(value)) lines.push(tomlSection([...path, key], value, "table", depth + 1));
    if (isTableList(value)) lines.push(...value.map((row) => tomlSection([...path, key], row, "list", depth + 1)));
  }
  return lines.join("\n");
}
