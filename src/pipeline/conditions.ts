import { isTrue } from "./evaluate.ts";
import { expandKnown } from "./expand.ts";
import { parseExpression, type Expression } from "./expression.ts";
import { describe, isMapField, reject, child, textOf, textsOf, type Field } from "./field.ts";
import { anyMatch } from "./glob.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";

/** What conditions ask about beside variables. */
export interface World {
  readonly files: () => readonly string[] | null;
  /** null: unknown, which counts as changed. */
  readonly changedFiles: readonly string[] | null;
  /** Files changed since a ref, null when there is no such ref; null in place of the function: cannot be told. */
  readonly changedSince: ((ref: string) => readonly string[] | null) | null;
}

export interface Changes {
  readonly field: Field;
  readonly paths: readonly string[];
  readonly compareTo: string | null;
}

export interface Conditions {
  readonly if: Expression | null;
  readonly changes: Changes | null;
  readonly exists: { readonly field: Field; readonly paths: readonly string[] } | null;
}

/** GitLab's limit for the lists of rules:changes and rules:exists. */
const maxPaths = 50;

/** Reads an expression; null when it is invalid, which is reported with its position. */
export function readExpression(field: Field): Expression | null {
  if (field.node.kind !== "scalar" || field.node.type !== "string") {
    return reject(
      field,
      `A condition is a text, not ${describe(field.node)}.`,
      "Put it in quotes: '$NAME == \"value\"'.",
    );
  }
  const parsed = parseExpression(field.node.text);
  if ("expression" in parsed) return parsed.expression;
  const { message, offset, hint } = parsed.failure;
  return reject(field, `Invalid condition, at character ${offset + 1}: ${message}`, hint);
}

export function readChanges(field: Field): Changes {
  const map = isMapField(field) ? field : null;
  if (map !== null) checkKeywords(map, keywordTables.changes, "'changes'");
  const list = map === null ? field : child(map, "paths");
  if (list === null) reject(field, "'changes' names no paths.", "Add paths: with a list of globs.");
  const compareTo = map === null ? null : child(map, "compare_to");
  const paths = list === null ? [] : readPaths(list);
  return { field, paths, compareTo: compareTo === null ? null : textOf(compareTo) };
}

export function readExists(field: Field): { field: Field; paths: readonly string[] } {
  const map = isMapField(field) ? field : null;
  if (map !== null) checkKeywords(map, keywordTables.exists, "'exists'");
  const list = map === null ? field : child(map, "paths");
  if (list === null) reject(field, "'exists' names no paths.", "Add paths: with a list of globs.");
  return { field, paths: list === null ? [] : readPaths(list) };
}

function readPaths(list: Field): readonly string[] {
  const paths = textsOf(list, { nested: true });
  if (paths.length > maxPaths)
    reject(list, `The list has ${paths.length} paths.`, `It may have ${maxPaths}; use globs.`);
  return paths;
}

/** Whether all of the conditions hold. */
export function hold(conditions: Conditions, world: World, variables: ReadonlyMap<string, string>): boolean {
  if (conditions.if !== null && !isTrue(conditions.if, variables)) return false;
  if (conditions.changes !== null && !changed(conditions.changes, world, variables)) return false;
  return conditions.exists === null || exists(conditions.exists, world, variables);
}

function changed(changes: Changes, world: World, variables: ReadonlyMap<string, string>): boolean {
  const files = changes.compareTo === null ? world.changedFiles : since(changes, changes.compareTo, world, variables);
  if (files === null) return true;
  return anyMatch(expandAll(changes.paths, variables), files);
}

function since(
  { field }: Changes,
  compareTo: string,
  world: World,
  variables: ReadonlyMap<string, string>,
): readonly string[] | null {
  const ref = expandKnown(compareTo, variables);
  if (world.changedSince === null) {
    field.problems.warn(
      field.node.place,
      field.path,
      "compare_to cannot be looked up here; the files count as changed",
    );
    return null;
  }
  const files = world.changedSince(ref);
  if (files === null)
    reject(field, `compare_to: '${ref}' is no ref of this repository.`, "Name a branch, tag or commit.");
  return files;
}

function exists(
  clause: { readonly field: Field; readonly paths: readonly string[] },
  world: World,
  variables: ReadonlyMap<string, string>,
): boolean {
  const files = world.files();
  if (files === null) {
    const { field } = clause;
    field.problems.warn(field.node.place, field.path, "the files of the repository are unknown here; none is found");
  }
  return anyMatch(expandAll(clause.paths, variables), files ?? []);
}

function expandAll(globs: readonly string[], variables: ReadonlyMap<string, string>): readonly string[] {
  return globs.map((glob) => expandKnown(glob, variables));
}
