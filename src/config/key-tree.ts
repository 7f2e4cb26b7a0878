import type { z } from "zod";
import { infoOf, type KeyInfo } from "./keys.ts";

/** One key of config.toml as the schema describes it. */
export interface KeyNode {
  readonly name: string;
  readonly info: KeyInfo;
  /** The keys inside, for tables; null for values and tables that are not looked into. */
  readonly children: readonly KeyNode[] | null;
  /** The wirings this key belongs to, for keys of `[runners.docker.daemon]`; null for all others. */
  readonly wirings: readonly string[] | null;
}

type Definition = z.core.$ZodTypes["_zod"]["def"];

const wrappers = ["default", "prefault", "nullable", "optional"] as const;
type Wrapper = Extract<Definition, { type: (typeof wrappers)[number] }>;
const isWrapper = (definition: Definition): definition is Wrapper =>
  (wrappers as readonly string[]).includes(definition.type);

/** The schema's keys as plain data, for all that goes by names: unknown keys, flags, the reference, error messages. */
export function keyTree(schema: z.core.$ZodType): readonly KeyNode[] {
  return childrenOf(schema) ?? [];
}

function childrenOf(schema: z.core.$ZodType): readonly KeyNode[] | null {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  if (isWrapper(definition)) return childrenOf(definition.innerType);
  if (definition.type === "array") return childrenOf(definition.element);
  if (definition.type === "object") {
    return Object.entries(definition.shape).map(([name, value]) => keyNode(name, value, null));
  }
  if (definition.type === "union") return variantsOf(definition.options);
  return null;
}

/** The variants of `[runners.docker.daemon]` side by side, each key with the wirings that know it. */
function variantsOf(options: readonly z.core.$ZodType[]): readonly KeyNode[] | null {
  const nodes = new Map<string, KeyNode>();
  for (const option of options) {
    const definition = (option as z.core.$ZodTypes)._zod.def;
    if (definition.type !== "object") return null;
    const shape = definition.shape as Record<string, z.core.$ZodType>;
    const wiring = (shape["wiring"] as z.ZodLiteral<string> | undefined)?.value;
    if (wiring === undefined) return null;
    for (const [name, value] of Object.entries(shape)) {
      const known = nodes.get(name);
      const wirings = name === "wiring" ? null : [...(known?.wirings ?? []), wiring];
      nodes.set(name, known ? { ...known, wirings } : keyNode(name, value, wirings));
    }
  }
  return [...nodes.values()];
}

function keyNode(name: string, schema: z.core.$ZodType, wirings: readonly string[] | null): KeyNode {
  const info = infoOf(schema);
  if (!info) throw new Error(`the schema of config.toml says nothing about ${name}`);
  const isTable = info.kind === "table" || info.kind === "tables";
  return { name, info, wirings, children: isTable ? childrenOf(schema) : null };
}

/** A key's place in the file: names, and positions in lists. */
export type KeyPath = readonly (string | number)[];

/** `runners[0].docker.pull_policy` */
export function formatPath(path: KeyPath): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : (i > 0 ? "." : "") + part)).join("");
}

/** The deepest known key on `path` (a list's element belongs to the list, a map's entry to the map). */
export function nodeAt(nodes: readonly KeyNode[], path: KeyPath): KeyNode | null {
  let found: KeyNode | null = null;
  let level: readonly KeyNode[] | null = nodes;
  for (const part of path) {
    if (typeof part === "number") continue;
    const next: KeyNode | undefined = level?.find((node) => node.name === part);
    if (!next) break;
    found = next;
    level = next.children;
  }
  return found;
}
