import { isAlias, isMap, isScalar, isSeq, type Document, type ParsedNode, type Scalar, type YAMLMap } from "yaml";
import { listNode, mapNode, maxDepth, referenceNode, scalarNode, type MapEntry, type Node } from "./node.ts";
import type { Place, Problems } from "./problems.ts";
import { resolvePlain } from "./scalar.ts";

type PlaceOf = (offset: number) => Place;

const stringTag = "tag:yaml.org,2002:str";
const plainTags: readonly (string | undefined)[] = [
  undefined,
  "!",
  ...["null", "bool", "int", "float", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
];

/** A parsed YAML document as nodes: aliases shared, merge keys worked in, duplicate keys and unknown tags reported. */
export function convertDocument(document: Document, placeOf: PlaceOf, problems: Problems): Node {
  return new Converter(placeOf, problems).convert(document.contents, 0, 1);
}

class Converter {
  readonly #anchors = new Map<string, Node>();
  readonly #placeOf: PlaceOf;
  readonly #problems: Problems;

  constructor(placeOf: PlaceOf, problems: Problems) {
    this.#placeOf = placeOf;
    this.#problems = problems;
  }

  convert(source: unknown, fallbackOffset: number, depth: number): Node {
    const yaml = source as ParsedNode | null;
    const place = this.#placeOf(yaml?.range?.[0] ?? fallbackOffset);
    if (yaml === null || yaml === undefined) return scalarNode(place, "null", "");
    if (depth > maxDepth) {
      return this.#fail(place, "The configuration is nested too deeply.", `It may have ${maxDepth} levels.`);
    }
    if (isAlias(yaml)) {
      // Not document.resolve: that walks the whole document for every alias, and would accept one inside its own anchor.
      const target = this.#anchors.get(yaml.source);
      if (target !== undefined) return target;
      return this.#fail(place, `Unknown anchor '*${yaml.source}'.`, `Define &${yaml.source} above this line.`);
    }
    const node = this.#value(yaml, place, depth);
    if (yaml.anchor !== undefined) this.#anchors.set(yaml.anchor, node);
    return node;
  }

  #value(yaml: Exclude<ParsedNode, { source: string; type?: undefined }>, place: Place, depth: number): Node {
    if (yaml.tag === "!reference") return this.#reference(yaml, place);
    if (yaml.tag !== stringTag && !plainTags.includes(yaml.tag)) {
      const name = yaml.tag ?? "";
      return this.#fail(place, `Unknown tag '${name}'.`, "The only tag of a pipeline is !reference.");
    }
    if (isMap(yaml)) return this.#map(yaml as YAMLMap<unknown, unknown>, place, depth);
    if (isSeq(yaml)) {
      const offset = yaml.range?.[0] ?? 0;
      return listNode(
        place,
        yaml.items.map((item) => this.convert(item, offset, depth + 1)),
      );
    }
    return isScalar(yaml) ? this.#scalar(yaml, place) : scalarNode(place, "null", "");
  }

  #scalar(yaml: Scalar, place: Place): Node {
    const text = textOf(yaml);
    if (yaml.type !== "PLAIN" || yaml.tag === stringTag || yaml.tag === "!") return scalarNode(place, "string", text);
    const plain = resolvePlain(text);
    if (plain.type !== "date") return scalarNode(place, plain.type, plain.text);
    return this.#fail(place, `'${text}' is a date, which GitLab refuses to load.`, `Put it in quotes: "${text}".`);
  }

  #reference(yaml: unknown, place: Place): Node {
    const items: readonly unknown[] = isSeq(yaml) ? yaml.items : [];
    const path = items.map((item) => (isScalar(item) ? textOf(item) : null));
    if (path.length > 0 && path.every((part) => part !== null)) return referenceNode(place, path);
    const hint = "Write it as !reference [job, keyword].";
    return this.#fail(place, "!reference needs a list of keys.", hint);
  }

  #map(yaml: YAMLMap<unknown, unknown>, place: Place, depth: number): Node {
    const entries = new Map<string, MapEntry>();
    const own = new Map<string, Place>();
    for (const pair of yaml.items) {
      const key = pair.key;
      const offset = (key as ParsedNode | null)?.range?.[0] ?? yaml.range?.[0] ?? 0;
      const keyPlace = this.#placeOf(offset);
      const value = this.convert(pair.value, offset, depth + 1);
      const keyNode = this.convert(key, offset, depth + 1);
      if (keyNode.kind !== "scalar") {
        this.#fail(keyPlace, "A key has to be plain text.", "Write the key as a word, in quotes if need be.");
        continue;
      }
      const name = isScalar(key) ? textOf(key) : keyNode.text;
      if (name === "<<" && (!isScalar(key) || key.type === "PLAIN")) {
        this.#mergeInto(entries, own, value, keyPlace);
        continue;
      }
      const earlier = own.get(name);
      if (earlier !== undefined) {
        const where = `lines ${earlier.line} and ${keyPlace.line}`;
        this.#fail(keyPlace, `The key '${name}' stands twice, in ${where}.`, "Remove or rename one of them.");
      }
      own.set(name, keyPlace);
      entries.set(name, { keyPlace, value });
    }
    return mapNode(place, entries);
  }

  /** As GitLab's parser does it: in the order of the file, so that a `<<` wins over the keys that stand above it. */
  #mergeInto(entries: Map<string, MapEntry>, own: ReadonlyMap<string, Place>, value: Node, place: Place): void {
    const sources = value.kind === "list" ? value.items.toReversed() : [value];
    for (const source of sources) {
      if (source.kind !== "map") {
        this.#fail(place, "'<<' needs a map, or a list of maps.", "Give it an alias of a map: `<<: *name`.");
        continue;
      }
      for (const [key, entry] of source.entries) {
        if (own.has(key)) {
          const what = `'${key}' of line ${own.get(key)?.line ?? 0} is replaced by this '<<', as in GitLab`;
          this.#problems.warn(place, "", `${what}; put '<<' first to keep it`);
        }
        entries.set(key, entry);
      }
    }
  }

  #fail(place: Place, message: string, hint: string): Node {
    this.#problems.error(place, "", message, hint);
    return scalarNode(place, "null", "");
  }
}

function textOf(scalar: Scalar): string {
  return typeof scalar.value === "string" ? scalar.value : (scalar.source ?? "");
}
