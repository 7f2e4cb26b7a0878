import fc from "fast-check";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { keywordTables } from "../../../src/pipeline/keywords.ts";
import { compile } from "./compiling.ts";

const keywords = [...new Set(Object.values(keywordTables).flatMap((table) => table.known))];
const words = fc.constantFrom(
  ...keywords,
  "a",
  "b",
  ".a",
  "<<",
  "test",
  "build",
  ".pre",
  "manual",
  "never",
  "delayed",
  "1 day",
  "main",
  "a.yml",
  "*.yml",
  "$A == 'a'",
  "$A =~ /a/",
  "trigger",
  "spec",
  "release",
  "__proto__",
  "constructor",
  "toString",
  "",
);

/** Anything that YAML can say, made of the words of a pipeline so that it gets far. */
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    words,
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.double(), fc.string()),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(words, tie("value"), { maxKeys: 5 }),
  ),
}));

const jobs = fc.dictionary(
  words,
  fc.record(
    Object.fromEntries(keywordTables.job.known.map((keyword) => [keyword, fc.oneof(values, words)])) as Record<
      string,
      fc.Arbitrary<unknown>
    >,
    { requiredKeys: [] },
  ),
  { maxKeys: 4 },
);

const lines = fc
  .array(
    fc
      .tuple(
        fc.integer({ min: 0, max: 4 }),
        words,
        fc.constantFrom(": ", ":", ": &x", ": *x", ": !reference [a, b]", ": {", ": [", " - "),
        words,
      )
      .map(([indent, key, joint, value]) => `${"  ".repeat(indent)}${key}${joint}${value}`),
    { maxLength: 12 },
  )
  .map((all) => all.join("\n"));

const texts = fc.oneof(
  fc.string({ unit: "binary" }),
  lines,
  fc.oneof(values, jobs).map((value) => stringify(value, { aliasDuplicateObjects: false })),
);

it("answers any text with a pipeline or with problems that have a place and a hint", () => {
  fc.assert(
    fc.property(texts, texts, (text, included) => {
      const result = compile(text, { files: { "a.yml": included } });
      const errors = "errors" in result ? result.errors : [];
      const unplaced = errors.filter(
        ({ line, column, message, hint }) => line < 1 || column < 1 || message === "" || hint === "",
      );
      expect(unplaced).toEqual([]);
      expect("pipeline" in result ? result.pipeline.jobs.length : errors.length).toBeGreaterThan(0);
    }),
    { numRuns: 1500 },
  );
}, 60_000);

it("compiles what it is given to plain data, the same each time", () => {
  fc.assert(
    fc.property(jobs, (value) => {
      const text = stringify({ ...value, ok: { script: "x" } }, { aliasDuplicateObjects: false });
      const first = compile(text);
      expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      expect(compile(text)).toEqual(first);
    }),
    { numRuns: 300 },
  );
}, 60_000);
