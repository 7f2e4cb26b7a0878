import { firstMatch, readRules } from "./rules.ts";
import type { World } from "./conditions.ts";
import { expandKnown } from "./expand.ts";
import { child, describe, isMapField, itemsOf, reject, textOf, type Field, type MapField } from "./field.ts";
import { includeMatches } from "./glob.ts";
import { keywordTables } from "./keywords.ts";
import { deepMerge, isTooBig, mapNode, maxNodes, valueAt, type MapNode } from "./node.ts";
import { parseYaml } from "./parse.ts";
import { nearest, type Problems } from "./problems.ts";

/** What an include needs to be followed. */
export interface IncludeContext {
  /** The text of a file of the repository, by its path from the root without a leading slash; null: no such file. */
  readonly read: (path: string) => string | null;
  readonly world: World;
  /** Those known before the configuration is read. */
  readonly variables: ReadonlyMap<string, string>;
  readonly problems: Problems;
}

/** GitLab's default limit for all includes of a pipeline, nested ones included. */
const maxIncludes = 150;

const remoteHints: Readonly<Record<string, string>> = {
  remote: "Copy the file into the repository and include it with local.",
  template: "Copy the template into the repository and include it with local.",
  project: "Copy the file into the repository and include it with local.",
  component: "Copy the component into the repository and include it with local.",
  artifact: "Includes from artifacts are for child pipelines; include a local file.",
};
const sources = ["local", ...Object.keys(remoteHints)];
const extras = ["rules", "file", "ref", "inputs", "integrity", "job", "cache"];

/** A configuration with its includes merged in, the file itself on top; null when a problem was reported. */
export function resolveIncludes(root: MapNode, file: string, context: IncludeContext): MapNode | null {
  const before = context.problems.errors.length;
  const merged = new Includer(context).expand(root, [file]);
  if (context.problems.errors.length > before) return null;
  if (!isTooBig(merged)) return merged;
  const hint = `A configuration may have ${maxNodes} values.`;
  context.problems.error(root.place, "include", "The configuration is too big with its includes.", hint);
  return null;
}

class Includer {
  readonly #context: IncludeContext;
  #count = 0;

  constructor(context: IncludeContext) {
    this.#context = context;
  }

  expand(root: MapNode, chain: readonly string[]): MapNode {
    const node = valueAt(root, "include");
    const own = mapNode(root.place, new Map([...root.entries].filter(([key]) => key !== "include")));
    if (node === null) return own;
    const field: Field = { node, path: "include", problems: this.#context.problems };
    let merged: MapNode | null = null;
    for (const item of node.kind === "list" ? itemsOf(field) : [field]) {
      for (const path of this.#pathsOf(item)) {
        const included = this.#load(path, item, chain);
        if (included !== null) merged = merged === null ? included : deepMerge(merged, included);
      }
    }
    return merged === null ? own : deepMerge(merged, own);
  }

  #pathsOf(item: Field): readonly string[] {
    if (!isMapField(item)) {
      if (item.node.kind !== "scalar")
        reject(item, `An include is a path or a map, not ${describe(item.node)}.`, "Write `- local: path`.");
      const location = item.node.kind === "scalar" ? textOf(item) : null;
      if (location === null) return [];
      if (!/^https?:\/\//.test(location)) return this.#localPaths(item, location);
      this.#unsupported(item, "remote");
      return [];
    }
    const source = this.#sourceOf(item);
    if (source === null || !this.#isWanted(item)) return [];
    if (source !== "local") {
      this.#unsupported(child(item, source) ?? item, source);
      return [];
    }
    const inputs = child(item, "inputs");
    if (inputs !== null) reject(inputs, "include:inputs is not supported.", "Use variables in the included file.");
    const local = child(item, "local");
    const location = local === null ? null : textOf(local);
    return local === null || location === null ? [] : this.#localPaths(local, location);
  }

  #sourceOf(item: MapField): string | null {
    for (const [key, entry] of item.node.entries) {
      if (sources.includes(key) || extras.includes(key)) continue;
      const meant = nearest(key, [...sources, ...extras]);
      const hint = meant === null ? `Use one of ${sources.join(", ")}.` : `Did you mean '${meant}'?`;
      this.#context.problems.error(
        entry.keyPlace,
        `${item.path}.${key}`,
        `'${key}' is not a keyword of include.`,
        hint,
      );
      return null;
    }
    const used = sources.filter((source) => child(item, source) !== null);
    const [source] = used;
    if (source !== undefined && used.length === 1) return source;
    return reject(item, `An include names one source, not ${used.length}.`, `Use one of ${sources.join(", ")}.`);
  }

  #isWanted(item: MapField): boolean {
    const field = child(item, "rules");
    if (field === null) return true;
    const match = firstMatch(readRules(field, "include"), this.#context.world, this.#context.variables);
    return match !== null && match.when !== "never";
  }

  #unsupported(field: Field, source: string): void {
    reject(
      field,
      `include:${source} is not supported: only files of this repository are read.`,
      remoteHints[source] ?? "",
    );
  }

  #localPaths(field: Field, location: string): readonly string[] {
    const path = expandKnown(location, this.#context.variables).replace(/^\/+/, "");
    if (!path.includes("*")) {
      if (/\.ya?ml$/.test(path)) return [path];
      reject(field, `'${path}' is no YAML file by its name.`, "Give it the ending .yml or .yaml.");
      return [];
    }
    const found = includeMatches(path, this.#context.world.files() ?? []).filter((file) => /\.ya?ml$/.test(file));
    if (found.length === 0) field.problems.warn(field.node.place, field.path, `no file matches '${path}'`);
    return found;
  }

  #load(path: string, item: Field, chain: readonly string[]): MapNode | null {
    this.#count += 1;
    if (chain.includes(path)) {
      const circle = [...chain.slice(chain.indexOf(path)), path].join(" -> ");
      return reject(item, `The files include each other in a circle: ${circle}.`, "Remove one of the includes.");
    }
    if (this.#count > maxIncludes) {
      return reject(item, `There are more than ${maxIncludes} includes.`, "Merge some of the included files.");
    }
    const text = this.#context.read(path);
    if (text === null)
      return reject(item, `The included file '${path}' does not exist.`, "Write its path from the root.");
    const root = parseYaml(path, text, this.#context.problems);
    if (root === null) return null;
    const spec = root.entries.get("spec");
    if (spec !== undefined) {
      const { reason, hint } = keywordTables.root.unsupported.spec;
      this.#context.problems.error(spec.keyPlace, "spec", `'spec' is not supported: ${reason}.`, hint);
      return null;
    }
    const expanded = this.expand(root, [...chain, path]);
    return isTooBig(expanded)
      ? reject(item, "The included file is too big.", `A configuration may have ${maxNodes} values.`)
      : expanded;
  }
}
