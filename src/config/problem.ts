import type { z } from "zod";
import { formatPath, type KeyNode, type KeyPath, nodeAt } from "./key-tree.ts";
import type { KeyInfo } from "./keys.ts";

/** Something wrong in config.toml, before it has a line number. */
export interface Problem {
  readonly code: string;
  readonly path: KeyPath;
  /** What is wrong with the value at `path`: "found ..., expected ...", "is not set". */
  readonly text: string;
  readonly hint: string;
}

/** What looks wrong and yet stops not every job: said, and the entry is used. */
export type Doubt = Omit<Problem, "code">;

/** What the schema has against a value, in words. Values of secret keys are never shown. */
export function describeIssue(issue: z.core.$ZodIssue, raw: unknown, nodes: readonly KeyNode[]): Problem {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const node = nodeAt(nodes, path);
  const value = valueAt(raw, path);
  const where = formatPath(path);
  const name = node?.name ?? where;
  if (node?.info.choices?.includes("dind") === true) return wiringProblem(path, value);

  const expected = node ? expectedValue(node.info, isElement(node, path)) : "something else";
  const wrongType = issue.code === "invalid_type" || !hasFittingType(node, value);
  const reason = issue.code === "too_small" ? `must be at least ${String(issue.minimum)}` : `expected ${expected}`;
  return {
    code: wrongType ? "CONFIG_TYPE" : "CONFIG_VALUE",
    path,
    text: `found ${foundValue(value, node?.info)}, ${reason}`,
    hint: node ? fixFor(name, node.info, value, isElement(node, path)) : `correct or remove ${where}`,
  };
}

function wiringProblem(path: KeyPath, value: unknown): Problem {
  const found = value === undefined ? "is missing" : `found ${foundValue(value, undefined)}`;
  return {
    code: "CONFIG_WIRING",
    path,
    text: `${found}, expected "socket", "dind" or "tcp"`,
    hint:
      'write wiring = "socket" (share the daemon\'s socket), "dind" (a daemon for each job) or "tcp" (a daemon elsewhere), ' +
      "or remove [runners.docker.daemon]",
  };
}

/** Follows a path; undefined where it leads nowhere. */
function valueAt(raw: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part as string], raw);
}

/** True when `path` goes on inside the key's own value: an element of a list, an entry of a map. */
const isElement = (node: KeyNode, path: KeyPath): boolean =>
  node.info.kind !== "table" && node.info.kind !== "tables" && path.at(-1) !== node.name;

const expectations: Readonly<Record<KeyInfo["kind"], readonly [whole: string, element: string]>> = {
  string: ["a string", "a string"],
  integer: ["an integer", "an integer"],
  boolean: ["true or false", "true or false"],
  list: ["a list of strings", "a string"],
  "string-or-list": ["a string or a list of strings", "a string"],
  map: ["a table of strings", "a string"],
  "boolean-map": ["a table of true and false", "true or false"],
  "list-map": ["a table of lists of strings", "a list of strings"],
  duration: ['a duration like "90s" or "1h30m"', "a duration"],
  space: ['a size like "10g", a share like "10%", or both like "10%,10g"', "a size or a share"],
  date: ["a date and time like 2026-01-31T12:00:00Z", "a date"],
  table: ["a table", "a table"],
  tables: ["a list of tables", "a table"],
  opaque: ["anything", "anything"],
};

function expectedValue(info: KeyInfo, element: boolean): string {
  if (!info.choices) return expectations[info.kind][element ? 1 : 0];
  const choices = info.choices.map((choice) => JSON.stringify(choice)).join(", ");
  const one = info.choices.length === 1 ? choices : `one of ${choices}`;
  return info.kind === "string-or-list" && !element ? `${one}, or a list of them` : one;
}

function hasFittingType(node: KeyNode | null, value: unknown): boolean {
  const kind = node?.info.kind;
  if (kind === "string" || kind === "duration" || kind === "space") return typeof value === "string";
  if (kind === "integer") return typeof value === "number";
  return kind === "string-or-list" && (typeof value === "string" || Array.isArray(value));
}

function foundValue(value: unknown, info: KeyInfo | undefined): string {
  const shown = info === undefined || (info.secret !== true && (info.choices !== undefined || isPlain(info)));
  if (typeof value === "string") return shown ? `the string ${JSON.stringify(value)}` : "a string";
  if (typeof value === "number") return shown ? `the number ${value}` : "a number";
  if (typeof value === "boolean") return `the boolean ${value}`;
  if (value instanceof Date) return "a date";
  if (value === undefined || value === null) return "nothing";
  if (!Array.isArray(value)) return "a table";
  return shown && value.every((element) => typeof element === "string") ? JSON.stringify(value) : "a list";
}

/** Kinds whose values are never secret and short. */
const isPlain = (info: KeyInfo): boolean =>
  ["integer", "boolean", "boolean-map", "duration", "space", "date"].includes(info.kind);

function fixFor(name: string, info: KeyInfo, value: unknown, element: boolean): string {
  if (info.choices) return `set ${name} = ${JSON.stringify(info.choices[0])}, or another of the values above`;
  const single = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  switch (info.kind) {
    case "integer":
      return typeof value === "string" && /^-?\d+$/.test(value)
        ? `write the number without quotes: ${name} = ${value}`
        : `write ${name} = ${info.defaultText ?? "1"}, or another whole number`;
    case "boolean":
    case "boolean-map":
      return "write true or false, without quotes";
    case "list":
    case "string-or-list":
      return single && !element
        ? `put it in brackets: ${name} = ["..."]`
        : `write strings in quotes, separated by commas: ${name} = ["...", "..."]`;
    case "string":
      return `put the value in quotes: ${name} = "..."`;
    case "map":
    case "list-map":
      return `write ${name} = { key = ${info.kind === "map" ? '"value"' : '["value"]'} }`;
    case "duration":
      return `write ${name} = ${info.defaultText ?? '"30s"'}, with units h, m and s`;
    case "space":
      return `write ${name} = ${info.defaultText ?? '"10g"'}, or another size or share`;
    case "date":
      return `remove ${name}; \`longshore register\` writes it`;
    case "table":
      return `write [${name}] on a line of its own, as a section`;
    case "tables":
      return `write [[${name}]] with double brackets, once for each entry`;
    case "opaque":
      return `remove ${name}`;
  }
}
