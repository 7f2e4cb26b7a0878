import { topPath } from "./keywords.ts";
import { isTooBig, listNode, mapNode, maxNodes, type MapNode, type Node, type ReferenceNode } from "./node.ts";
import type { Problems } from "./problems.ts";

/** A reference may lead to another one this many times. */
const maxLevels = 10;

interface Resolved {
  readonly node: Node;
  /** How many references stand one behind the other. */
  readonly levels: number;
}

/**
 * The configuration with every `!reference [job, keyword]` replaced by what it names. Done after extends, as GitLab
 * does, so that inherited keywords can be named. null when a problem was reported.
 */
export function resolveReferences(root: MapNode, problems: Problems): MapNode | null {
  const before = problems.errors.length;
  const { node } = new Resolver(root, problems).resolve(root, "");
  if (problems.errors.length > before || node.kind !== "map") return null;
  if (!isTooBig(node)) return node;
  const hint = `A configuration may have ${maxNodes} values.`;
  problems.error(root.place, "", "The configuration is too big once its references are written out.", hint);
  return null;
}

class Resolver {
  readonly #root: MapNode;
  readonly #problems: Problems;
  /** Shared nodes are resolved once; "open" marks one that is being resolved. */
  readonly #done = new Map<Node, Resolved | "open">();

  constructor(root: MapNode, problems: Problems) {
    this.#root = root;
    this.#problems = problems;
  }

  resolve(node: Node, path: string): Resolved {
    if (node.kind === "scalar") return { node, levels: 0 };
    const known = this.#done.get(node);
    if (known !== undefined && known !== "open") return known;
    if (known === "open") {
      if (node.kind === "reference") this.#fail(node, path, "leads back to itself", "Break the circle of references.");
      return { node, levels: 0 };
    }
    this.#done.set(node, "open");
    const resolved = this.#resolveInside(node, path);
    this.#done.set(node, resolved);
    return resolved;
  }

  #resolveInside(node: Exclude<Node, { kind: "scalar" }>, path: string): Resolved {
    if (node.kind === "reference") return this.#follow(node, path);
    if (node.kind === "list") {
      const items = node.items.map((item, index) => this.resolve(item, `${path}[${index}]`));
      const changed = items.some((item, index) => item.node !== node.items[index]);
      const levels = Math.max(0, ...items.map((item) => item.levels));
      return {
        node: changed
          ? listNode(
              node.place,
              items.map((item) => item.node),
            )
          : node,
        levels,
      };
    }
    let levels = 0;
    let changed = false;
    const entries = new Map(node.entries);
    for (const [key, entry] of node.entries) {
      const value = this.resolve(entry.value, path === "" ? topPath(key) : `${path}.${key}`);
      levels = Math.max(levels, value.levels);
      changed ||= value.node !== entry.value;
      entries.set(key, { keyPlace: entry.keyPlace, value: value.node });
    }
    return { node: changed ? mapNode(node.place, entries) : node, levels };
  }

  #follow(reference: ReferenceNode, path: string): Resolved {
    let target: Node | undefined = this.#root;
    for (const key of reference.path) target = target?.kind === "map" ? target.entries.get(key)?.value : undefined;
    if (target === undefined || (target.kind === "scalar" && target.type === "null")) {
      this.#fail(
        reference,
        path,
        "names nothing",
        "Name a job and one of its keywords that exist in this configuration.",
      );
      return { node: reference, levels: 0 };
    }
    // A map or list that holds this very reference.
    if (target.kind !== "reference" && this.#done.get(target) === "open") {
      this.#fail(reference, path, "leads back to itself", "Break the circle of references.");
      return { node: reference, levels: 0 };
    }
    const resolved = this.resolve(target, reference.path.join("."));
    const levels = resolved.levels + 1;
    if (levels > maxLevels) {
      this.#fail(reference, path, `is nested more than ${maxLevels} levels deep`, "Refer to the last one directly.");
      return { node: reference, levels: 0 };
    }
    return { node: resolved.node, levels };
  }

  #fail(reference: ReferenceNode, path: string, what: string, hint: string): void {
    const shown = `!reference [${reference.path.join(", ")}]`;
    this.#problems.error(reference.place, path, `${shown} ${what}.`, hint);
  }
}
