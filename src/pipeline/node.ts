import type { Place } from "./problems.ts";

/**
 * The configuration as a tree that remembers where each value was written. Nodes are immutable and may be shared
 * (aliases, extends); `size` and `depth` tell what the tree would be without sharing, so that a bound can be
 * checked before anything walks it.
 */
export type Node = MapNode | ListNode | ScalarNode | ReferenceNode;

interface NodeBase {
  readonly place: Place;
  readonly size: number;
  readonly depth: number;
}

export interface MapEntry {
  readonly keyPlace: Place;
  readonly value: Node;
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, MapEntry>;
}

export interface ListNode extends NodeBase {
  readonly kind: "list";
  readonly items: readonly Node[];
}

export type ScalarType = "string" | "integer" | "float" | "boolean" | "null";

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly type: ScalarType;
  /** The value as a variable would hold it: `yes` is "true", `010` is "8", null is "". */
  readonly text: string;
}

/** `!reference [a, b]`, not yet replaced by what it names. */
export interface ReferenceNode extends NodeBase {
  readonly kind: "reference";
  readonly path: readonly string[];
}

/** Values that a whole configuration may have, aliases written out. */
export const maxNodes = 200_000;
/** GitLab's own limit on nesting. */
export const maxDepth = 100;

export function mapNode(place: Place, entries: ReadonlyMap<string, MapEntry>): MapNode {
  return { kind: "map", place, entries, ...weigh([...entries.values()].map((entry) => entry.value)) };
}

export function listNode(place: Place, items: readonly Node[]): ListNode {
  return { kind: "list", place, items, ...weigh(items) };
}

export function scalarNode(place: Place, type: ScalarType, text: string): ScalarNode {
  return { kind: "scalar", place, type, text, size: 1, depth: 1 };
}

export function referenceNode(place: Place, path: readonly string[]): ReferenceNode {
  return { kind: "reference", place, path, size: 1, depth: 1 };
}

function weigh(children: readonly Node[]): { size: number; depth: number } {
  let size = 1;
  let depth = 0;
  for (const child of children) {
    size += child.size;
    depth = Math.max(depth, child.depth);
  }
  return { size, depth: depth + 1 };
}

export function isTooBig(node: Node): boolean {
  return node.size > maxNodes || node.depth > maxDepth;
}

/** The value under a key; null when there is none or it is null, which GitLab treats alike. */
export function valueAt(map: MapNode, key: string): Node | null {
  const value = map.entries.get(key)?.value ?? null;
  return value?.kind === "scalar" && value.type === "null" ? null : value;
}

/** `over` laid over `base` as GitLab does for include and extends: maps are merged, everything else is replaced. */
export function deepMerge(base: MapNode, over: MapNode): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const below = entries.get(key)?.value;
    const both = below?.kind === "map" && entry.value.kind === "map";
    entries.set(key, both ? { keyPlace: entry.keyPlace, value: deepMerge(below, entry.value) } : entry);
  }
  return mapNode(over.place, entries);
}
