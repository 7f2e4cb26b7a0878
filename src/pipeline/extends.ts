import { topPath } from "./keywords.ts";
import { deepMerge, isTooBig, mapNode, maxNodes, type MapEntry, type MapNode, type Node } from "./node.ts";
import { nearest, type Problems } from "./problems.ts";

/** A job, ten it builds on one after the other, and the last one's own base. */
const maxLevels = 11;

/**
 * The configuration with `extends` worked into every entry: bases in their order, later over earlier, the entry
 * itself on top; maps merged, all else replaced. null when a problem was reported.
 */
export function resolveExtends(root: MapNode, problems: Problems): MapNode | null {
  const before = problems.errors.length;
  const resolver = new Resolver(root, problems);
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of root.entries)
    entries.set(key, { keyPlace: entry.keyPlace, value: resolver.resolve(key, []) });
  if (problems.errors.length > before) return null;
  const resolved = mapNode(root.place, entries);
  if (!isTooBig(resolved)) return resolved;
  const hint = `A configuration may have ${maxNodes} values.`;
  problems.error(root.place, "", "The configuration is too big once extends is worked in.", hint);
  return null;
}

class Resolver {
  readonly #root: MapNode;
  readonly #problems: Problems;
  readonly #done = new Map<string, { readonly node: Node; readonly levels: number }>();
  #total = 0;

  constructor(root: MapNode, problems: Problems) {
    this.#root = root;
    this.#problems = problems;
  }

  resolve(key: string, above: readonly string[]): Node {
    return this.#resolveWithLevels(key, above).node;
  }

  #resolveWithLevels(key: string, above: readonly string[]): { readonly node: Node; readonly levels: number } {
    const known = this.#done.get(key);
    if (known !== undefined) return known;
    const node = this.#root.entries.get(key)?.value;
    if (node?.kind !== "map") return { node: node ?? this.#root, levels: 0 };
    const resolved = this.#work(key, node, [...above, key]);
    this.#done.set(key, resolved);
    return resolved;
  }

  #work(key: string, node: MapNode, chain: readonly string[]): { readonly node: Node; readonly levels: number } {
    const extending = node.entries.get("extends")?.value;
    if (extending === undefined || (extending.kind === "scalar" && extending.type === "null"))
      return { node, levels: 0 };
    let merged: MapNode | null = null;
    let levels = 0;
    for (const base of this.#bases(key, extending)) {
      if (chain.includes(base.name)) {
        const circle = [...chain.slice(chain.indexOf(base.name)), base.name].join(" -> ");
        this.#fail(base.node, key, `extends goes in a circle: ${circle}.`, "Remove one of them.");
        return { node, levels: 0 };
      }
      const resolved = this.#resolveWithLevels(base.name, chain);
      levels = Math.max(levels, resolved.levels + 1);
      if (levels >= maxLevels) {
        this.#fail(
          base.node,
          key,
          `extends is nested more than ${maxLevels} levels deep.`,
          "Extend fewer templates in a row.",
        );
        return { node, levels: 0 };
      }
      if (resolved.node.kind === "map") merged = merged === null ? resolved.node : deepMerge(merged, resolved.node);
    }
    const result = merged === null ? node : deepMerge(merged, node);
    this.#total += result.size;
    if (this.#total > maxNodes * 5) {
      this.#fail(extending, key, "The configuration is too big once extends is worked in.", "Extend fewer templates.");
      return { node, levels: 0 };
    }
    return { node: result, levels };
  }

  #bases(key: string, extending: Node): readonly { readonly name: string; readonly node: Node }[] {
    const items = extending.kind === "list" ? extending.items : [extending];
    return items.flatMap((item) => {
      if (item.kind !== "scalar" || item.type === "null") {
        this.#fail(item, key, "extends takes the name of a job, or a list of names.", "Write `extends: .template`.");
        return [];
      }
      const base = this.#root.entries.get(item.text)?.value;
      if (base?.kind === "map") return [{ name: item.text, node: item }];
      const meant = nearest(item.text, mapKeys(this.#root));
      const hint = meant === null ? "Define it, or include the file that does." : `Did you mean '${meant}'?`;
      const what = base === undefined ? "does not exist" : "is no map";
      this.#fail(item, key, `'${key}' extends '${item.text}', which ${what}.`, hint);
      return [];
    });
  }

  #fail(node: Node, key: string, message: string, hint: string): void {
    this.#problems.error(node.place, `${topPath(key)}.extends`, message, hint);
  }
}

function mapKeys(root: MapNode): readonly string[] {
  return [...root.entries].filter(([, entry]) => entry.value.kind === "map").map(([key]) => key);
}
