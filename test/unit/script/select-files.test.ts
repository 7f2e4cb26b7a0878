import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listLines, parseList } from "../../../src/script/file-list.ts";
import { type FileSelection, needsList, parseSelection } from "../../../src/script/file-selection.ts";
import { selectFiles } from "../../../src/script/select-files.ts";

const select = (selection: Partial<FileSelection>, groups: readonly (readonly string[])[]) => {
  const parsed = parseSelection({ paths: [], exclude: [], untracked: false, ...selection }, "/p");
  const text = groups.map((names) => names.map((name) => `${name}\0`).join("")).join("\0") + "\0";
  return selectFiles(parsed, parseList([parsed], new TextEncoder().encode(text)), "/p");
};

const TREE = ["./", "./a", "./a/b", "./a/b/x.o", "./a/b/y.c", "./a/z.o", "./top.o"];

describe("selecting files", () => {
  it("names a directory instead of all that is in it", () => {
    expect(select({ paths: ["a/", "*.o"] }, [TREE.slice(1, -1), TREE])).toMatchObject({
      roots: ["a", "top.o"],
      directories: [],
    });
  });

  it("takes a directory apart where something in it is left out", () => {
    const { roots, directories, messages } = select({ paths: ["**"], exclude: ["**/y.c"] }, [TREE]);
    expect(roots).toEqual(["a/b/x.o", "a/z.o", "top.o"]);
    expect(directories).toEqual(["a", "a/b"]);
    expect(messages.map(({ text }) => text)).toEqual([
      "**: found 6 matching artifact files and directories",
      "**/y.c: excluded 1 files",
    ]);
  });

  it("keeps a root that is only a part of a directory that was not chosen", () => {
    expect(select({ paths: ["a/b/*.o"] }, [["./a/b/", "./a/b/x.o", "./a/b/y.c"]])).toMatchObject({
      roots: ["a/b/x.o"],
      directories: [],
    });
  });

  it("adds untracked files", () => {
    const { roots, messages } = select({ untracked: true, exclude: ["new/*.log"] }, [
      ["new/file", "new/x.log", "other"],
    ]);
    expect(roots).toEqual(["new/file", "other"]);
    expect(messages.map(({ text }) => text)).toEqual(["untracked: found 2 files", "new/*.log: excluded 1 files"]);
  });

  it("leaves out single names that no script can hold, with a warning, but not as a part of a directory", () => {
    const list = ["./d", "./d/line\nbreak", "./e", "./e/bad\uFFFD", "./e/good"];
    const { roots, messages } = select({ paths: ["d", "e/*"] }, [list.slice(0, 2), ["./e/", ...list.slice(3)]]);
    expect(roots).toEqual(["d", "e/good"]);
    expect(messages.at(-1)).toMatchObject({
      level: "warning",
      text: expect.stringContaining("1 files were left out") as string,
    });
  });

  it("turns everything unusable into warnings", () => {
    const { roots, messages } = select({ paths: ["../x", "[", "", "no*"], exclude: ["{"] }, [TREE]);
    expect(roots).toEqual([]);
    expect(messages.every(({ level }) => level === "warning")).toBe(true);
    expect(messages).toHaveLength(5);
  });

  it("chooses the same files, however it sums them up", () => {
    const segment = fc.constantFrom("a", "b", "c");
    const leaf = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const pattern = fc.constantFrom("a", "a/**", "*/b", "**/c", "b/*", "**");
    fc.assert(
      fc.property(fc.array(leaf, { maxLength: 12 }), pattern, pattern, (leaves, path, exclude) => {
        const names = listing(leaves);
        const { roots, directories } = select({ paths: [path, "**/zzz"], exclude: [exclude] }, groupsFor(path, names));
        const expanded = names.filter(
          (name) =>
            directories.includes(name) ||
            roots.some((root) => root === "." || name === root || name.startsWith(`${root}/`)),
        );
        const { matches: chosen } = naive(names, path, exclude);
        const files = (all: readonly string[]) =>
          all.filter((name) => !names.some((other) => other.startsWith(`${name}/`)));
        expect(files(expanded)).toEqual(files(chosen));
        expect(expanded.filter((name) => !chosen.includes(name))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

/** As `find .` would: directories before their content. A name that is a directory for one leaf is one for all. */
function listing(leaves: readonly string[]): string[] {
  const names = new Set<string>();
  for (const leaf of leaves) {
    const parts = leaf.split("/");
    for (let end = 1; end <= parts.length; end++) names.add(parts.slice(0, end).join("/"));
  }
  return [...names].sort((a, b) => (a.split("/") < b.split("/") ? -1 : 1));
}

function groupsFor(path: string, names: readonly string[]): string[][] {
  const below = (base: string) =>
    names.filter((name) => name === base || name.startsWith(`${base}/`)).map((name) => `./${name}`);
  const all = ["./", ...names.map((name) => `./${name}`)];
  if (path === "a") return [below("a"), all];
  if (path === "a/**") return [below("a"), all];
  if (path === "b/*") return [below("b"), all];
  return [all];
}

function naive(names: readonly string[], path: string, exclude: string): { matches: string[] } {
  const regex = (glob: string) => {
    const source = glob
      .replaceAll("**/", "(?:.+/)?")
      .replaceAll("/**", "(?:/.+)?")
      .replaceAll("**", ".+")
      .replaceAll(/(?<![.+)])\*/g, "[^/]+");
    return new RegExp(`^${source}$`);
  };
  const roots = names.filter((name) => regex(path).test(name));
  const matches = names.filter(
    (name) => roots.some((root) => name === root || name.startsWith(`${root}/`)) && !regex(exclude).test(name),
  );
  return { matches };
}

describe("listing names", () => {
  const parse = (selection: Partial<FileSelection>) =>
    parseSelection({ paths: [], exclude: [], untracked: false, ...selection }, "/p");

  it("is needed for patterns, exclusions and untracked files only", () => {
    expect(needsList(parse({ paths: ["a", "b/c"] }))).toBe(false);
    expect(
      [parse({ paths: ["a*"] }), parse({ paths: ["a"], exclude: ["b"] }), parse({ untracked: true })].every(needsList),
    ).toBe(true);
  });

  it("looks only where matches can lie, and once", () => {
    const script = listLines([parse({ paths: ["target/*.jar", "target/**", "x"] }), parse({ paths: ["x"] })]).join(
      "\n",
    );
    expect(script.match(/find /g)).toHaveLength(2);
    expect(script).not.toContain("git");
  });
});
