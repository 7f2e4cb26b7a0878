import { keyTree, type KeyNode } from "./key-tree.ts";
import type { KeyInfo } from "./keys.ts";
import { configSchema } from "./schema.ts";

const intro = `# Every key that Longshore uses, with its default or an example. What has no # in front is needed.
# GitLab Runner's own config.toml for the docker executor can be used as it is.
`;

/** Keys that the example sets. */
const active: ReadonlySet<string> = new Set([
  "concurrent",
  "runners.name",
  "runners.url",
  "runners.token",
  "runners.executor",
  "runners.docker.image",
]);
const activeTables: ReadonlySet<string> = new Set(["runners", "runners.docker"]);

/** config/config.example.toml: commented, and usable once url and token are replaced. */
export function exampleConfig(): string {
  return `${intro}\n${tableLines([], keyTree(configSchema)).join("\n")}\n`;
}

function tableLines(path: readonly string[], nodes: readonly KeyNode[]): string[] {
  const used = nodes.filter(
    ({ info }) => !/^Accepted and not used|; accepted and not used\.$|^Written by/.test(info.description),
  );
  const values = used.filter(({ info, children }) => children === null && info.kind !== "opaque");
  const lines = values.flatMap((node) => valueLines(path, node));
  for (const node of used) {
    if (node.children === null) continue;
    lines.push(
      "",
      ...(node.name === "daemon" ? daemonLines(path, node) : headedLines([...path, node.name], node, node.children)),
    );
  }
  return lines;
}

const indentOf = (path: readonly string[]): string => "  ".repeat(Math.max(path.length, 0));

function headedLines(path: readonly string[], node: KeyNode, nodes: readonly KeyNode[]): string[] {
  const indent = indentOf(path.slice(1));
  const name = node.info.kind === "tables" ? `[[${path.join(".")}]]` : `[${path.join(".")}]`;
  const header = activeTables.has(path.join(".")) ? name : `#${name}`;
  return [`${indent}# ${node.info.description}`, indent + header, ...tableLines(path, nodes)];
}

/** One table for each wiring, of which an admin takes one. */
function daemonLines(path: readonly string[], node: KeyNode): string[] {
  const wirings = node.children?.find(({ name }) => name === "wiring")?.info.choices ?? [];
  return wirings.flatMap((wiring, i) => {
    const own = (node.children ?? []).filter(({ wirings: of }) => of === null || of.includes(wiring));
    const shown = own.map((key) =>
      key.name === "wiring" ? { ...key, info: { ...key.info, choices: [], example: JSON.stringify(wiring) } } : key,
    );
    return [...(i > 0 ? [""] : []), ...headedLines([...path, node.name], node, shown)];
  });
}

function valueLines(path: readonly string[], { name, info }: KeyNode): string[] {
  const indent = indentOf(path);
  const unit = info.unit === undefined ? "" : ` (${info.unit})`;
  const choices = info.choices?.length
    ? ` One of ${info.choices.map((choice) => JSON.stringify(choice)).join(", ")}.`
    : "";
  const mark = active.has([...path, name].join(".")) ? "" : "#";
  return [`${indent}# ${info.description}${unit}${choices}`, `${indent}${mark}${name} = ${exampleValue(name, info)}`];
}

function exampleValue(name: string, info: KeyInfo): string {
  if (info.example !== undefined) return info.example;
  if (name === "name") return '"my-runner"';
  const written = info.defaultText;
  if (written !== undefined && /^(?:"[^"]*"|-?\d+|true|false)$/.test(written)) return written;
  if (info.choices?.[0] !== undefined) return JSON.stringify(info.choices[0]);
  const empty: Partial<Record<KeyInfo["kind"], string>> = {
    integer: "0",
    boolean: "false",
    list: "[]",
    "string-or-list": "[]",
  };
  return empty[info.kind] ?? (info.kind.endsWith("map") ? "{}" : '""');
}
