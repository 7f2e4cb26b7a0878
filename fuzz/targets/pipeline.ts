import * as fc from "fast-check";
import { stringify } from "yaml";
import { compilePipeline } from "../../src/pipeline/compile.ts";
import { isTrue } from "../../src/pipeline/evaluate.ts";
import { parseExpression, printExpression } from "../../src/pipeline/expression.ts";
import { keywordTables } from "../../src/pipeline/keywords.ts";
import { substituteMatrix } from "../../src/pipeline/matrix.ts";
import { looksLikeRegex, parseSlashedRegex, translateRegex } from "../../src/pipeline/regex.ts";
import { hold, holdEqual } from "../hold.ts";
import type { FuzzTarget } from "../target.ts";
import { hostileText } from "../texts.ts";

const keywords = [...new Set(Object.values(keywordTables).flatMap((table) => table.known))];
const word = fc.constantFrom(
  ...keywords,
  "a",
  "b",
  ".a",
  "<<",
  "test",
  ".pre",
  "manual",
  "never",
  "1 day",
  "main",
  "a.yml",
  "*.yml",
  "$A == 'a'",
  "$A =~ /a/",
  "__proto__",
  "toString",
  "",
  "010",
  "1:30",
  "yes",
  "[a, b]",
);

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    word,
    fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 8 })),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(word, tie("value"), { maxKeys: 4 }),
  ),
}));
const job = fc.dictionary(fc.constantFrom(...keywordTables.job.known), fc.oneof(value, word), { maxKeys: 6 });
const structured = fc
  .oneof(value, fc.dictionary(word, job, { maxKeys: 4 }))
  .map((tree) => stringify(tree, { aliasDuplicateObjects: false }));
const line = fc
  .tuple(
    fc.integer({ min: 0, max: 3 }),
    word,
    fc.constantFrom(
      ": ",
      ":",
      ": &x ",
      ": *x",
      ": !reference [a, b]",
      ": {",
      ": [",
      " - ",
      ": |",
      ": !!binary ",
      ": >-",
    ),
    word,
  )
  .map(([indent, key, joint, rest]) => `${"  ".repeat(indent)}${key}${joint}${rest}`);
const text = fc.oneof(
  { weight: 4, arbitrary: structured },
  { weight: 4, arbitrary: fc.array(line, { maxLength: 10 }).map((lines) => lines.join("\n")) },
  {
    weight: 2,
    arbitrary: hostileText(
      [
        "a:\n",
        "  script: x\n",
        "- ",
        ": ",
        "&a ",
        "*a",
        "!reference ",
        "[",
        "]",
        "{",
        "}",
        "|\n",
        "'",
        '"',
        "---\n",
        "? ",
        "<<: *a\n",
        "#",
        "extends: a\n",
        "include: a.yml\n",
      ],
      { longest: 3_000 },
    ),
  },
);

/** `.gitlab-ci.yml`: jobs, or problems that have a place and a hint. */
export const pipeline: FuzzTarget<{ readonly main: string; readonly included: string }> = {
  name: "pipeline",
  share: 20,
  arbitrary: fc.record({ main: text, included: text }),
  limitMs: 2500,
  check({ main, included }) {
    const result = compilePipeline({
      text: main,
      fileName: ".gitlab-ci.yml",
      include: (path) => (path === "a.yml" ? included : null),
      listFiles: () => ["a.yml", "src/a.ts"],
      variables: new Map([
        ["CI_COMMIT_BRANCH", "main"],
        ["A", "a"],
      ]),
      ref: { name: "main", type: "branch", source: "push" },
    });
    const errors = "errors" in result ? result.errors : [];
    hold(
      errors.every(({ line: at, column, message, hint }) => at > 0 && column > 0 && message !== "" && hint !== ""),
      "a problem has a place and a hint",
    );
    hold("pipeline" in result ? result.pipeline.jobs.length > 0 : errors.length > 0, "there are jobs, or problems");
  },
};

const expressionWords = [
  "$A",
  "$B",
  "==",
  "!=",
  "=~",
  "!~",
  "&&",
  "||",
  "(",
  ")",
  "!",
  '"a"',
  "'b'",
  "/a/",
  "/a.*b/i",
  "null",
  "true",
  " ",
  "/",
  "(?i)",
  "[[:alpha:]]",
  "\\/",
  "[",
  "]",
  "(?=",
  "\\1",
  "\\p{L}",
  "\\pL",
  "\\Q",
  "\\E",
  "+",
  "*",
  "?",
  "{2,3}",
  "(?P<n>",
  "a",
];

/** Conditions of rules: read, printed and read again as the same, and decided. */
export const conditions: FuzzTarget<{ readonly condition: string; readonly subject: string }> = {
  name: "conditions",
  share: 50,
  arbitrary: fc.record({
    condition: hostileText(expressionWords, { longest: 20_000 }),
    subject: hostileText(["a", "b", "/a/", "/.*/", "ab"], { longest: 20_000, pieces: 5 }),
  }),
  check({ condition, subject }) {
    const parsed = parseExpression(condition);
    if ("expression" in parsed) {
      const printed = printExpression(parsed.expression);
      if (!/["'].*["']/.test(printed))
        holdEqual(parseExpression(printed), parsed, "an expression that is printed is read again");
      isTrue(
        parsed.expression,
        new Map([
          ["A", subject],
          ["B", condition],
        ]),
      );
    } else {
      hold(parsed.failure.message !== "" && parsed.failure.hint !== "", "a failure says what and how");
    }
    translateRegex(condition, "");
    if (looksLikeRegex(subject)) parseSlashedRegex(subject);
    substituteMatrix(condition, new Map([["A", subject]]));
  },
};
