import type { MapNode, Node, ScalarNode } from "./node.ts";
import { valueAt } from "./node.ts";
import type { Problems } from "./problems.ts";

/** A value of the configuration together with its path and the place where its mistakes are collected. */
export interface Field {
  readonly node: Node;
  readonly path: string;
  readonly problems: Problems;
}

export interface MapField extends Field {
  readonly node: MapNode;
}

/** Nested lists are flattened this deep, as GitLab does. */
const maxListDepth = 10;

/** Reports a mistake at a field; null, so that a reader can return it. */
export function reject(field: Field, message: string, hint: string): null {
  field.problems.error(field.node.place, field.path, message, hint);
  return null;
}

/** The value under a key; null when there is none or it is null. */
export function child(map: MapField, key: string): Field | null {
  const node = valueAt(map.node, key);
  return node === null ? null : { node, path: map.path === "" ? key : `${map.path}.${key}`, problems: map.problems };
}

/** Every value of a map with its key, null values included. */
export function children(map: MapField): readonly (Field & { readonly key: string })[] {
  return [...map.node.entries].map(([key, entry]) => ({
    key,
    node: entry.value,
    path: map.path === "" ? key : `${map.path}.${key}`,
    problems: map.problems,
  }));
}

export function isMapField(field: Field): field is MapField {
  return field.node.kind === "map";
}

export function mapOf(field: Field, what: string): MapField | null {
  return isMapField(field)
    ? field
    : reject(field, `${what} has to be a map, not ${describe(field.node)}.`, "Write keys below it.");
}

export function describe(node: Node): string {
  switch (node.kind) {
    case "map":
      return "a map";
    case "list":
      return "a list";
    case "reference":
      return "a !reference";
    case "scalar":
      return describeScalar(node);
  }
}

function describeScalar(node: ScalarNode): string {
  if (node.type === "null") return "nothing";
  if (node.type === "string") return "a text";
  return node.type === "boolean" ? `the boolean ${node.text}` : `the number ${node.text}`;
}

/** A string; numbers and booleans are refused, as GitLab does for most keywords. */
export function textOf(field: Field): string | null {
  const { node } = field;
  if (node.kind === "scalar" && node.type === "string") return node.text;
  const hint = node.kind === "scalar" && node.type !== "null" ? `Put it in quotes: "${node.text}".` : textHint(node);
  return reject(field, `A text is needed here, not ${describe(node)}.`, hint);
}

function textHint(node: Node): string {
  return node.kind === "map" ? "Put the whole line in quotes: YAML reads `word: word` as a map." : "Write one text.";
}

/** A string, number or boolean as text. */
export function scalarTextOf(field: Field): string | null {
  if (field.node.kind === "scalar" && field.node.type !== "null") return field.node.text;
  return reject(
    field,
    `A text or number is needed here, not ${describe(field.node)}.`,
    `Write a value, "" for an empty one.`,
  );
}

export function flagOf(field: Field): boolean | null {
  if (field.node.kind === "scalar" && field.node.type === "boolean") return field.node.text === "true";
  return reject(
    field,
    `true or false is needed here, not ${describe(field.node)}.`,
    "Write true or false without quotes.",
  );
}

export function integerOf(field: Field, min: number, max: number): number | null {
  const { node } = field;
  const value = node.kind === "scalar" && node.type === "integer" ? Number(node.text) : Number.NaN;
  if (value >= min && value <= max) return value;
  return reject(
    field,
    `A whole number is needed here, not ${describe(node)}.`,
    `Write a number from ${min} to ${max}.`,
  );
}

/** One of some words. */
export function choiceOf<T extends string>(field: Field, choices: readonly T[]): T | null {
  const text = field.node.kind === "scalar" ? field.node.text : null;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const given = text === null ? describe(field.node) : `'${text}'`;
  return reject(field, `${given} is not one of the values of '${lastKey(field.path)}'.`, `Use ${choices.join(", ")}.`);
}

/** The items of a list. */
export function itemsOf(field: Field): readonly Field[] {
  if (field.node.kind !== "list") return [];
  return field.node.items.map((node, index) => ({ node, path: `${field.path}[${index}]`, problems: field.problems }));
}

/** The items of a list whose items may be lists themselves, which `!reference` brings about. */
export function flatItemsOf(field: Field, depth = 0): readonly Field[] {
  if (depth > maxListDepth) {
    reject(field, "The lists are nested too deeply.", `Lists may be nested ${maxListDepth} levels deep.`);
    return [];
  }
  return itemsOf(field).flatMap((item) => (item.node.kind === "list" ? flatItemsOf(item, depth + 1) : [item]));
}

export interface TextListOptions {
  /** A single text counts as a list of one. */
  readonly single?: boolean;
  /** Lists in the list are flattened; without it they are refused, as GitLab does. */
  readonly nested?: boolean;
}

/** A list of strings; what is no string is reported and left out. */
export function textsOf(field: Field, options: TextListOptions = {}): readonly string[] {
  if (field.node.kind !== "list") {
    if (options.single === true && field.node.kind === "scalar") return [textOf(field)].filter((text) => text !== null);
    reject(
      field,
      `A list of texts is needed here, not ${describe(field.node)}.`,
      "Write it as [one, two], or one `- ` line each.",
    );
    return [];
  }
  const items = options.nested === true ? flatItemsOf(field) : itemsOf(field);
  return items.map(textOf).filter((text) => text !== null);
}

function lastKey(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
