import { runnerFlags } from "./flags.ts";
import { keyTree, type KeyNode } from "./key-tree.ts";
import type { KeyInfo } from "./keys.ts";
import { configSchema } from "./schema.ts";

const intro = `# Configuration

<!-- Generated from src/config/schema.ts: change it there and run \`UPDATE_DOCS=1 npx vitest run --project unit test/unit/config/reference.test.ts\`. -->

Longshore reads a \`config.toml\` with GitLab Runner's own keys: a file written for its docker executor runs unmodified.
Without \`--config FILE\` (or \`CONFIG_FILE\`) it is \`/etc/longshore/config.toml\` for root and \`~/.longshore/config.toml\` for
everyone else. The file is read again when it changes (looked at every 3 seconds) and on SIGHUP; running jobs keep the
settings they began with, and a broken file is reported while the old settings stay.

A key that is not known is warned about, with its line and the nearest known key. A value of the wrong type, or one that
can't be, ends the command with exit code 2. Durations are written as Go does: \`"90s"\`, \`"15m"\`, \`"1h30m"\`.
\`longshore register\` has a flag for each key that has one below; most can be given as an environment variable, too.
Commands that change the file keep its comments, order and spacing.
`;

const types: Readonly<Record<KeyInfo["kind"], string>> = {
  string: "string",
  integer: "integer",
  boolean: "boolean",
  list: "list of strings",
  "string-or-list": "string or list",
  map: "table of strings",
  "boolean-map": "table of booleans",
  "list-map": "table of lists",
  duration: "duration",
  space: "size or share",
  date: "date and time",
  table: "table",
  tables: "list of tables",
  opaque: "table",
};

/** docs/configuration.md */
export function configurationReference(): string {
  return `${intro}\n${section("Global keys", [], keyTree(configSchema))}`;
}

const isTableNode = (node: KeyNode): boolean => node.children !== null;

function section(title: string, path: readonly string[], nodes: readonly KeyNode[]): string {
  const rows = nodes.filter((node) => !isTableNode(node)).map((node) => row(path, node));
  const flags = rows.some(({ flag }) => flag !== "");
  const head = flags
    ? "| key | type | default | meaning | flag, variable |\n| --- | --- | --- | --- | --- |"
    : "| key | type | default | meaning |\n| --- | --- | --- | --- |";
  const body = rows.map((cells) => `| ${[...cells.cells, ...(flags ? [cells.flag] : [])].join(" | ")} |`);
  const inner = nodes.filter(isTableNode).map((node) => {
    const below = [...path, node.name];
    const name = node.info.kind === "tables" ? `[[${below.join(".")}]]` : `[${below.join(".")}]`;
    return section(`\`${name}\`\n\n${node.info.description}`, below, node.children ?? []);
  });
  return [`## ${title}\n\n${[head, ...body].join("\n")}\n`, ...inner].join("\n");
}

function row(path: readonly string[], { name, info, wirings }: KeyNode): { cells: readonly string[]; flag: string } {
  const unit = info.unit === undefined ? "" : `, ${info.unit}`;
  const choices = info.choices ? ` Allowed: ${info.choices.map((choice) => `\`"${choice}"\``).join(", ")}.` : "";
  const only = wirings ? ` With wiring ${wirings.map((wiring) => `\`"${wiring}"\``).join(" or ")}.` : "";
  const flag = runnerFlags.find(({ path: own }) => own.join(".") === [...path.slice(1), name].join("."));
  const shownFlag = path[0] === "runners" && flag ? `\`${flag.flag}\`, \`${flag.env}\`` : "";
  const defaultText = info.defaultText ?? "";
  const fallback = defaultText === "" || /[`,]/.test(defaultText) ? defaultText : `\`${defaultText}\``;
  return {
    cells: [`\`${name}\``, types[info.kind] + unit, fallback, info.description + only + choices].map(escapeCell),
    flag: shownFlag,
  };
}

const escapeCell = (text: string): string => text.replaceAll("|", "\\|");
