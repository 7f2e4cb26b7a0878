import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { exampleConfig } from "../../../src/config/example.ts";
import { keyTree, type KeyNode } from "../../../src/config/key-tree.ts";
import { parseConfig } from "../../../src/config/parse.ts";
import { configurationReference } from "../../../src/config/reference.ts";
import { configSchema, usableRunners } from "../../../src/config/schema.ts";

const root = path.join(import.meta.dirname, "../../..");
const surroundings = { env: {}, home: "/home/ci" };
const namesIn = (nodes: readonly KeyNode[]): string[] =>
  nodes.flatMap(({ name, children }) => [name, ...namesIn(children ?? [])]);

describe.each([
  ["docs/configuration.md", () => format(configurationReference(), { parser: "markdown", printWidth: 120 })],
  ["config/config.example.toml", exampleConfig],
])("%s", (name, generate) => {
  it("is what the schema says", async () => {
    const file = path.join(root, name);
    const generated = await generate();
    if (process.env["UPDATE_DOCS"] === "1") {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, generated);
    }
    expect(await readFile(file, "utf8")).toBe(generated);
  });
});

describe("the example", () => {
  it("can be used without a warning", () => {
    const { config, warnings } = parseConfig(exampleConfig(), "example", surroundings);
    expect(warnings).toEqual([]);
    expect(usableRunners(config)).toHaveLength(1);
  });

  it.each(["socket", "dind", "tcp"])("can be used with every key that it shows, and wiring = %s", (wiring) => {
    const [before, ...daemons] = exampleConfig().split(/^ *# The daemon that the job's own.*\n/m);
    const last = daemons.pop() ?? "";
    const after = last.slice(last.indexOf("\n\n"));
    const chosen = [...daemons, last.slice(0, last.indexOf("\n\n"))].find((text) => text.includes(`"${wiring}"`));
    const uncommented = `${before}${chosen}${after}`.replace(/^( *)#(?! )/gm, "$1");
    expect(parseConfig(uncommented, "example", surroundings).warnings).toEqual([]);
  });
});

describe("the reference", () => {
  it("has every key of the schema", () => {
    const text = configurationReference();
    for (const name of namesIn(keyTree(configSchema))) expect(text).toContain(name);
  });
});
