import fc from "fast-check";
import { expect, it } from "vitest";
import { includeMatches } from "../../../src/pipeline/glob.ts";

it.each([
  ["ci/*.yml", ["ci/a.yml", "ci/.yml"], ["ci/a/b.yml", "a.yml", "ci/a.yaml"]],
  ["ci/**.yml", ["ci/a.yml", "ci/a/b.yml"], ["a.yml"]],
  ["**/a.yml", ["ci/a.yml", "x/y/a.yml"], ["a.yml"]],
  ["a.yml", ["a.yml"], ["axyml", "a.yml2"]],
  ["*", ["a", "*"], ["a/b"]],
  ["***", ["a", "a/b", ""], []],
])("%s includes what GitLab includes", (pattern, yes, no) => {
  expect(includeMatches(pattern, [...no, ...yes])).toEqual([...yes].sort());
});

it("agrees with a regular expression", () => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", "/", "*", "**", "."), { maxLength: 7 })
    .map((parts) => parts.join(""));
  const path = fc.string({ unit: fc.constantFrom("a", "b", "/", "."), maxLength: 7 });
  fc.assert(
    fc.property(pattern, path, (glob, file) => {
      const source = glob.replaceAll(/\*\*|\*|\./g, (part) => ({ "**": "[^]*", "*": "[^/]*", ".": "[.]" })[part] ?? "");
      expect(includeMatches(glob, [file]).length === 1).toBe(new RegExp(`^${source}$`).test(file));
    }),
    { numRuns: 2000 },
  );
});

it("comes to an end, however many stars there are", () => {
  expect(includeMatches("*".repeat(3000), ["a/".repeat(500)])).toHaveLength(1);
  expect(includeMatches(`${"**a".repeat(300)}b`, ["a".repeat(1000)])).toEqual([]);
});
