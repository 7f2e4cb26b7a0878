import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatcher, isPattern, relativeToProject, splitPattern } from "../../../src/job/globs.ts";

describe("a pattern", () => {
  it.each([
    ["*", ["a", ".hidden", "é日"], ["a/b", "."]],
    ["?", ["a", "é"], ["", "ab", "/", "."]],
    [".*", [".hidden"], ["a", "."]],
    ["[!a]*", ["b", ".b"], ["a", "."]],
    ["**", ["a", "a/b/.c", "."], []],
    ["**/*", ["a", "a/b/.c"], ["."]],
    ["a/**", ["a", "a/b", "a/b/c"], ["b", "ab"]],
    ["**/a", ["a", "x/y/a"], ["a/x", "ba"]],
    ["a/**/b", ["a/b", "a/x/y/b"], ["ab", "a/xb"]],
    ["**/*.txt", ["a.txt", ".x/a.txt"], ["txt"]],
    ["a**", ["a", "abc"], ["ab/c"]],
    ["a**/b", ["axx/b"], ["ax/x/b"]],
    ["{a,b}/c", ["a/c", "b/c"], ["{a,b}/c", "c"]],
    ["*.{js,{ts,tsx}}", ["x.js", "x.ts", "x.tsx"], ["x.", "x.t"]],
    ["x/{**/a,b}", ["x/y/z/a", "x/a", "x/b"], ["x/y/b"]],
    ["{,a}b", ["b", "ab"], ["a"]],
    ["[a-cx]1", ["a1", "c1", "x1"], ["d1", "[a-cx]1"]],
    ["[!a-c]", ["d", "-"], ["a", "b"]],
    ["[^a]", ["b"], ["a"]],
    ["[\\]a]", ["]", "a"], ["\\"]],
    ["[a-]", ["a", "-"], ["b"]],
    ["a\\*", ["a*"], ["ab"]],
    ["\\{a,b\\}", ["{a,b}"], ["a"]],
    ["[{]*", ["{x"], ["x"]],
    ['!(a|b)+@$^"1..3', ['!(a|b)+@$^"1..3'], ["c"]],
    ["{1..3}", ["1..3"], ["2"]],
    ["a.b", ["a.b"], ["axb"]],
    ["*a*b*", ["ab", "xaxbx"], ["ba"]],
  ])("%s matches what doublestar would", (pattern, yes, no) => {
    const matches = globMatcher(pattern);
    expect(yes.filter((path) => !matches(path))).toEqual([]);
    expect(no.filter(matches)).toEqual([]);
  });

  it.each(["[", "a[b", "{a", "{a,{b}", "[]", "a[]]b", "[!]]", "a}", "a\\"])("%s is refused with a hint", (pattern) => {
    expect(() => globMatcher(pattern)).toThrowError(expect.objectContaining({ code: "GLOB", audience: "author" }));
  });

  it("is refused when its braces explode", () => {
    expect(() => globMatcher("{a,b}".repeat(20))).toThrowError(/more than 1000 patterns/);
  });

  it.each([
    ["braces in a long text", `{${"a,".repeat(999)}}${"x".repeat(30_000)}`, /longer than 65536 characters/],
    ["many levels of braces", `${"{".repeat(15_000)}${"}".repeat(15_000)}`, /nested more than 32 levels/],
    ["many braces of one", "{a}".repeat(30_000), null],
    ["many brackets", `{${"[a]".repeat(20_000)}}`, null],
    ["brackets that nothing closes", "[".repeat(60_000), /a bracket is never closed/],
  ])("takes neither the agent's memory nor its time with %s", (_, pattern, refusal) => {
    if (refusal === null) expect(globMatcher(pattern)("b")).toBe(false);
    else expect(() => globMatcher(pattern)).toThrowError(refusal);
  });

  it("is matched in a time that its author can't blow up", () => {
    const matches = globMatcher(`${"*a".repeat(40)}b`);
    expect(matches("a".repeat(20_000))).toBe(false);
    const deep = globMatcher(`${"**/a/".repeat(30)}b`);
    expect(deep(Array<string>(2000).fill("a").join("/"))).toBe(false);
  });

  it("matches exactly what a naive matcher matches", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 4 });
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
    const part = fc.oneof(
      fc.constant("**"),
      fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?", "[ab]", "[!a]", "\\*"), maxLength: 4 }),
    );
    const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(pattern, path, (glob, text) => {
        expect(globMatcher(glob)(text)).toBe(naive(glob.split("/"), text === "." ? [] : text.split("/")));
      }),
      { numRuns: 3000 },
    );
  });
});

function naive(parts: readonly string[], names: readonly string[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return names.length === 0;
  if (part === "**") return naive(rest, names) || (names.length > 0 && naive(parts, names.slice(1)));
  const [name, ...others] = names;
  return name !== undefined && naiveName(part, name) && naive(rest, others);
}

function naiveName(part: string, name: string): boolean {
  if (part === "") return name === "";
  if (part.startsWith("*")) return naiveName(part.slice(1), name) || (name !== "" && naiveName(part, name.slice(1)));
  if (name === "") return false;
  for (const [token, accepts] of [
    ["[ab]", "ab"],
    ["[!a]", "b.*"],
    ["\\*", "*"],
    ["?", "ab.*"],
  ] as const) {
    if (part.startsWith(token))
      return accepts.includes(name.charAt(0)) && naiveName(part.slice(token.length), name.slice(1));
  }
  return part[0] === name[0] && naiveName(part.slice(1), name.slice(1));
}

describe("paths", () => {
  it.each([
    ["a/../b/", "b"],
    ["./a//b", "a/b"],
    ["/p/x/*.y", "x/*.y"],
    ["/p", "."],
    ["/p/", "."],
    [".", "."],
    ["*", "*"],
    ["./a/**/", "a/**"],
    ["a/{b,c}/../d", "a/d"],
    ["../x", null],
    ["/q/*", null],
    ["/pq", null],
    ["*/../../x", null],
    ["a/[b]../../../../x", null],
    ["*/..", "."],
    ["a/../../p/x", "x"],
  ])("%s is %s in the project directory", (path, expected) => {
    expect(relativeToProject(path, "/p")).toBe(expected);
  });

  it("are patterns when they hold a wildcard", () => {
    expect(["a*", "a?", "[a]", "{a,b}"].every(isPattern)).toBe(true);
    expect(["a", "a(b)", "!a", "a\\b"].some(isPattern)).toBe(false);
  });

  it("are split before the first wildcard", () => {
    expect(splitPattern("a/b/c*/d")).toEqual({ base: "a/b", rest: "c*/d" });
    expect(splitPattern("*")).toEqual({ base: "", rest: "*" });
    expect(splitPattern("/*")).toEqual({ base: "/", rest: "*" });
    expect(splitPattern("a/b")).toEqual({ base: "a/b", rest: "" });
  });
});
