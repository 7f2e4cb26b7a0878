import {
  children,
  child,
  describe,
  integerOf,
  isMapField,
  itemsOf,
  reject,
  scalarTextOf,
  type Field,
} from "./field.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";

/** One combination of a matrix: variable -> value. */
export type Combination = ReadonlyMap<string, string>;

/** One of the jobs that a job stands for. */
export interface Instance {
  readonly name: string;
  readonly variables: Combination;
  /** null for a job without `parallel`. */
  readonly parallel: { readonly index: number; readonly total: number } | null;
}

/** What `parallel` asks for. */
export type Parallel = { readonly count: number } | { readonly combinations: readonly Combination[] };

const maxInstances = 200;

export function readParallel(field: Field): Parallel | null {
  if (!isMapField(field)) {
    const count = integerOf(field, 1, maxInstances);
    return count === null ? null : { count };
  }
  checkKeywords(field, keywordTables.parallel, "'parallel'");
  const matrix = child(field, "matrix");
  if (matrix === null) return reject(field, "'parallel' has no matrix.", "Add `matrix:`, or write a number.");
  return { combinations: readMatrix(matrix) };
}

/** `matrix:`, a list of maps: every row stands for all combinations of its values, the first variable varying slowest. */
export function readMatrix(field: Field): readonly Combination[] {
  if (field.node.kind !== "list")
    reject(field, "matrix has to be a list of maps.", "Put a `- ` before the first variable.");
  const rows = itemsOf(field).map(readRow);
  const total = rows.reduce(
    (sum, row) => sum + [...row.values()].reduce((product, values) => product * values.length, 1),
    0,
  );
  if (total > maxInstances) {
    reject(field, `The matrix makes ${total} jobs.`, `It may make ${maxInstances}.`);
    return [];
  }
  return rows.filter((row) => row.size > 0).flatMap(combine);
}

function readRow(field: Field): ReadonlyMap<string, readonly string[]> {
  if (!isMapField(field) || field.node.entries.size === 0) {
    reject(field, `A row of the matrix is a map of variables, not ${describe(field.node)}.`, "Write NAME: [one, two].");
    return new Map();
  }
  return new Map(
    children(field).map((entry) => {
      const items = entry.node.kind === "list" ? itemsOf(entry) : [entry];
      if (items.length === 0) reject(entry, `${entry.key} has no values.`, "Give it at least one.");
      return [entry.key, items.map(scalarTextOf).filter((text) => text !== null)];
    }),
  );
}

function combine(row: ReadonlyMap<string, readonly string[]>): readonly Combination[] {
  let combinations: readonly Combination[] = [new Map()];
  for (const [key, values] of row) {
    combinations = combinations.flatMap((before) => values.map((value) => new Map([...before, [key, value]])));
  }
  return combinations;
}

/** The jobs that a job stands for: itself, `name 1/3` ..., or `name: [a, b]` .... */
export function instancesOf(name: string, parallel: Parallel | null): readonly Instance[] {
  if (parallel === null) return [{ name, variables: new Map(), parallel: null }];
  if ("combinations" in parallel) {
    const total = parallel.combinations.length;
    return parallel.combinations.map((variables, index) => ({
      name: matrixName(name, variables),
      variables,
      parallel: { index: index + 1, total },
    }));
  }
  return Array.from({ length: parallel.count }, (_, index) => ({
    name: `${name} ${index + 1}/${parallel.count}`,
    variables: new Map<string, string>(),
    parallel: { index: index + 1, total: parallel.count },
  }));
}

export function matrixName(name: string, combination: Combination): string {
  return `${name}: [${[...combination.values()].join(", ")}]`;
}

/** Matrix expressions in needs: `$[[ matrix.NAME ]]` is this job's own value of NAME; null for a name it has not. */
export function substituteMatrix(text: string, own: Combination): string | null {
  let missing = false;
  const result = text.replaceAll(/\$\[\[\s*matrix\.(\w+)\s*\]\]/g, (whole, name: string) => {
    missing ||= !own.has(name);
    return own.get(name) ?? whole;
  });
  return missing ? null : result;
}
