import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const text = read("docs/security.md");
const code = [...text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, inside = ""]) => inside);
const blocks = [...text.matchAll(/```toml\n([^`]*)```/g)].map(([, inside = ""]) => inside);
const keys = new Set([...read("docs/configuration.md").matchAll(/^\| `([\w-]+)`/gm)].map(([, key = ""]) => key));

/** Words in code that look like a key of config.toml, and are something else. */
const others = ["nproc", "docker"];

describe("docs/security.md", () => {
  it("names no setting that config.toml doesn't have", () => {
    const named = code.flatMap((inside) => /^([a-z]+(?:[_-][a-z]+)*)(?: = .*)?$/.exec(inside)?.[1] ?? []);
    const words = named.filter((name) => name.includes("_") || keys.has(name));
    expect(new Set(words).size).toBeGreaterThan(35);
    expect(words.filter((name) => !keys.has(name) && !others.includes(name) && name !== "core_pattern")).toEqual([]);
  });

  it("shows settings that load without a warning", () => {
    const inline = code.filter((inside) => /^\w+ = /.test(inside) && !inside.startsWith("token"));
    const entry = '[[runners]]\nurl = "https://a"\ntoken = "t"\nexecutor = "docker"\n';
    const load = (toml: string) => parseConfig(entry + toml, "f", { env: {}, home: "/" }).warnings;
    // Any name is taken for a flag, so only flags are looked for there.
    const tables = (line: string) =>
      line.startsWith("FF_")
        ? ["[runners.feature_flags]"]
        : ["", "[runners.docker]", '[runners.docker.daemon]\nwiring = "dind"'];
    for (const block of blocks) expect(load(block)).toEqual([]);
    const wrong = inline.filter((line) => tables(line).every((table) => load(`${table}\n${line}\n`).length > 0));
    expect(wrong.filter((line) => !line.startsWith("wiring"))).toEqual([]);
    expect(blocks.length + inline.length).toBeGreaterThan(8);
  });

  it("links to files and headings that are there", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      const [file = "", heading] = link.split("#");
      const path = join("docs", file);
      if (!existsSync(join(root, path))) return true;
      const anchors = [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replace(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      return heading !== undefined && !anchors.includes(heading);
    });
    expect(links.length).toBeGreaterThan(6);
    expect(broken).toEqual([]);
  });

  it("refers in its table to sections that it has", () => {
    const sections = [...text.matchAll(/^(?:#+ (.+)|\*\*([^*]+)\.\*\*)/gm)].map(([, title, bold]) => title ?? bold);
    const named = [...text.matchAll(/(?<![\w/])_([A-Z][\w ]+)_/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !sections.includes(name))).toEqual([]);
  });

  it("names tests and files of the project that are there", () => {
    const files = code.filter((inside) => /^(?:test|src|bin|config)\//.test(inside));
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it("is found from the README", () => {
    expect(read("README.md")).toContain("(docs/security.md)");
  });
});

describe("config/longshore.service", () => {
  it("starts the launcher with flags that it has, as the user whose directories it may write", () => {
    const unit = read("config/longshore.service");
    expect(unit).toMatch(/^ExecStart=\S+\/bin\/longshore run --wait-for-config$/m);
    expect(read("src/commands/run.ts")).toContain('"--wait-for-config"');
    for (const setting of [
      "NoNewPrivileges=yes",
      "LimitCORE=0",
      "UMask=0077",
      "KillSignal=SIGQUIT",
      "StateDirectoryMode=0700",
    ])
      expect(unit).toContain(`\n${setting}\n`);
  });
});
