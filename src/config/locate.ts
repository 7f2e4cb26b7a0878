import { createRequire } from "node:module";
import type { AST } from "toml-eslint-parser";
import type { KeyPath } from "./key-tree.ts";

/** Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a key stands and where its value does; the same for a table, whose place is its header. */
export interface KeyPositions {
  readonly key: Position;
  readonly value: Position;
}

/** Finds a path of the parsed file in its text; null for one that isn't written there. */
export type Locator = (path: KeyPath) => KeyPositions | null;

/** Never throws: a text that the parser refuses yields a locator that finds nothing. Keys match without regard to case, as GitLab Runner reads them. */
export function createLocator(source: string): Locator {
  let positions: ReadonlyMap<string, KeyPositions> | null = null;
  return (path) => (positions ??= positionsIn(source)).get(pathKey(path)) ?? null;
}

function positionsIn(source: string): ReadonlyMap<string, KeyPositions> {
  // Most files have nothing wrong with them, and an agent that goes on for weeks does without the parser's memory.
  const { parseTOML } = createRequire(import.meta.url)("toml-eslint-parser") as typeof import("toml-eslint-parser");
  try {
    return indexOf(parseTOML(source, { tomlVersion: "1.1" }));
  } catch {
    return new Map();
  }
}

const pathKey = (path: KeyPath): string => JSON.stringify(path).toLowerCase();

function indexOf(program: AST.TOMLProgram): ReadonlyMap<string, KeyPositions> {
  const positions = new Map<string, KeyPositions>();
  const note = (path: KeyPath, key: AST.TOMLNode, value: AST.TOMLNode) => {
    // The header of a table's first part is a place for all tables that it makes on the way.
    for (let length = 1; length <= path.length; length++) {
      const prefix = pathKey(path.slice(0, length));
      const exact = length === path.length;
      if (exact || !positions.has(prefix)) positions.set(prefix, { key: start(key), value: start(value) });
    }
  };
  const visitValue = (path: KeyPath, value: AST.TOMLContentNode) => {
    if (value.type === "TOMLInlineTable") for (const pair of value.body) visitPair(path, pair);
    if (value.type === "TOMLArray") {
      for (const [index, element] of value.elements.entries()) {
        note([...path, index], element, element);
        visitValue([...path, index], element);
      }
    }
  };
  const visitPair = (table: KeyPath, pair: AST.TOMLKeyValue) => {
    const path = [...table, ...keyNames(pair.key)];
    note(path, pair.key, pair.value);
    visitValue(path, pair.value);
  };
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") {
      visitPair([], node);
      continue;
    }
    note(node.resolvedKey, node, node);
    for (const pair of node.body) visitPair(node.resolvedKey, pair);
  }
  return positions;
}

/** The parts of a dotted key. */
export const keyNames = (key: AST.TOMLKey): string[] =>
  key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));

const start = (node: AST.TOMLNode): Position => ({ line: node.loc.start.line, column: node.loc.start.column + 1 });
