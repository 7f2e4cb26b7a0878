import { closest, distance } from "fastest-levenshtein";
import { formatPath, type KeyNode, type KeyPath } from "./key-tree.ts";

/** A key that has no effect, in a sentence; what is in it is never shown. */
interface UnknownKey {
  readonly path: KeyPath;
  readonly message: string;
}

export interface KnownKeys {
  /** The same values under the schema's own spelling of their keys: GitLab Runner takes `type` for `Type`, too. */
  readonly value: Record<string, unknown>;
  readonly unknown: readonly UnknownKey[];
}

/** Sorts what is in the file into keys of the schema and others. */
export function sortKeys(
  raw: Readonly<Record<string, unknown>>,
  nodes: readonly KeyNode[],
  path: KeyPath = [],
): KnownKeys {
  const value: Record<string, unknown> = {};
  const unknown: UnknownKey[] = [];
  for (const [written, content] of Object.entries(raw)) {
    const here = [...path, written];
    const node = nodes.find(({ name }) => name === written) ?? nodes.find(({ name }) => sameWord(name, written));
    if (!node) {
      unknown.push({ path: here, message: unknownMessage(here, written, nodes) });
      continue;
    }
    const wiring = typeof raw["wiring"] === "string" ? raw["wiring"] : null;
    if (node.wirings && wiring !== null && !node.wirings.includes(wiring)) {
      const message = `${formatPath(here)} has no effect with wiring = ${JSON.stringify(wiring)}: it belongs to ${node.wirings.join(" and ")}`;
      unknown.push({ path: here, message });
      continue;
    }
    const canonical = [...path, node.name];
    value[node.name] = node.children ? sortContent(content, node.children, canonical, unknown) : content;
  }
  return { value, unknown };
}

function sortContent(content: unknown, nodes: readonly KeyNode[], path: KeyPath, unknown: UnknownKey[]): unknown {
  if (Array.isArray(content)) {
    return content.map((element: unknown, index) => sortContent(element, nodes, [...path, index], unknown));
  }
  if (!isTable(content)) return content;
  const sorted = sortKeys(content, nodes, path);
  unknown.push(...sorted.unknown);
  return sorted.value;
}

export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

const sameWord = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function unknownMessage(path: KeyPath, written: string, nodes: readonly KeyNode[]): string {
  const near = nearest(
    written,
    nodes.map(({ name }) => name),
  );
  const advice = near === null ? "it is ignored" : `did you mean ${JSON.stringify(near)}? It is ignored`;
  return `unknown key ${formatPath(path)}: ${advice}`;
}

/** The known word that `written` was probably meant to be; null when none is near. */
function nearest(written: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const plain = (word: string) => word.toLowerCase().replaceAll("-", "_");
  const best = closest(plain(written), known.map(plain));
  const word = known.find((candidate) => plain(candidate) === best) ?? null;
  const limit = Math.max(1, Math.floor(written.length / 3));
  return word !== null && distance(plain(written), best) <= limit ? word : null;
}
