import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTrue } from "../../../src/pipeline/evaluate.ts";
import { parseExpression, printExpression, type Expression } from "../../../src/pipeline/expression.ts";

const variables = new Map([
  ["A", "a"],
  ["SAME", "a"],
  ["EMPTY", ""],
  ["BLANK", "  "],
  ["BRANCH", "feature/x-1"],
  ["PATTERN", "/^feature\\/.+/"],
  ["WORDS", "one a two"],
  ["BROKEN", "/(/"],
]);

function holds(text: string): boolean {
  const parsed = parseExpression(text);
  if ("failure" in parsed) throw new Error(parsed.failure.message);
  return isTrue(parsed.expression, variables);
}

describe("conditions hold as they do in GitLab", () => {
  it.each([
    ["$A", true],
    ["$NONE", false],
    ["$EMPTY", false],
    ["$BLANK", false],
    ['$A == "a"', true],
    ["$A == 'b'", false],
    ['"a" == $A', true],
    ["$A == $SAME", true],
    ["$A != $SAME", false],
    ["$NONE == null", true],
    ["$EMPTY == null", false],
    ['$EMPTY == ""', true],
    ['$NONE == ""', false],
    ["$NONE != null", false],
    ["null == null", true],
    ["$A =~ /^A$/i", true],
    ["$A =~ /^A$/", false],
    ["$BRANCH =~ /^feature\\//", true],
    ["$BRANCH !~ /^feature/", false],
    ["$NONE =~ /a/", false],
    ["$NONE =~ /^$/", true],
    ["$NONE !~ /a/", true],
    ["$BRANCH =~ $PATTERN", true],
    ["$BRANCH =~ $NONE", false],
    ["$BRANCH !~ $NONE", true],
    ["$A =~ $WORDS", true],
    ["$BRANCH =~ $WORDS", false],
    ["$A =~ $BROKEN", false],
    ['$A == "b" || $A == "a"', true],
    ['$A == "a" && $NONE', false],
    ['$A == "a" || $NONE && $NONE', true],
    ['($A == "a" || $NONE) && $NONE', false],
    ['$EMPTY && $A == "a"', true],
    ["$EMPTY || $A", false],
    ["$NONE || $A", true],
    ["!$NONE", true],
    ["!$A", false],
    ['!($A == "a")', false],
    ["true", true],
    ["false || $A", true],
    ["$BRANCH=~/x-[[:digit:]]$/&&$A", true],
    ["$BRANCH =~ /\\Afeature.*\\z/", true],
    ["$A =~ /\\pL/", true],
    ["$A =~ /(?i)^A/", true],
    ["$A =~ /(?P<n>a)/", true],
    ["$BRANCH =~ /\\Q-1\\E/", true],
    ['"]" =~ /[]x]/', true],
    ['"=" =~ /^[(?=]$/', true],
  ])("%s is %s", (text, expected) => {
    expect(holds(text)).toBe(expected);
  });
});

describe("a condition that cannot be read says where and why", () => {
  it.each([
    ["", 0, "ends too early"],
    ["$A ==", 5, "ends too early"],
    ["== $A", 0, "A value is missing"],
    ["$A $B", 3, "An operator is missing"],
    ["($A", 0, "never closed"],
    ["$A)", 2, "closes nothing"],
    ["$A = 'x'", 3, "not understood"],
    ["${A} == 'x'", 0, "not understood"],
    ['$A == "x', 6, "not understood"],
    ["$A =~ /x", 6, "not understood"],
    ["$A =~ //", 6, "not understood"],
    ["$A =~ /(/", 6, "regular expression is invalid"],
    ["$A =~ /a(?=b)/", 6, "do not exist in RE2"],
    ["$A =~ /(a)\\1/", 6, "back-references"],
    ["$A =~ /[[:constructor:]]/", 6, "is unknown"],
    ["$[[ inputs.a ]]", 0, "not understood"],
    ["$A".concat(" && $A".repeat(60)), 297, "more than 99 parts"],
  ])("%j", (text, offset, message) => {
    const parsed = parseExpression(text);
    if (!("failure" in parsed)) throw new Error("was read");
    expect(parsed.failure.message).toContain(message);
    expect(parsed.failure.offset).toBe(offset);
    expect(parsed.failure.hint).not.toBe("");
  });
});

const { expression: expressions } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.stringMatching(/^\w{1,8}$/).map((name): Expression => ({ kind: "variable", name })),
    fc.stringMatching(/^[^"\n\r\u2028\u2029]*$/).map((value): Expression => ({ kind: "string", value })),
    fc.stringMatching(/^[^'\n\r\u2028\u2029]*$/).map((value): Expression => ({ kind: "string", value })),
    fc
      .tuple(
        fc.array(fc.constantFrom("a", "/", "\\.", "\\\\", "[^/]", "(x|y)", " ", "$", '"', "'", ".*"), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.constantFrom("", "i", "im", "sU"),
      )
      .map(([parts, flags]): Expression => ({ kind: "regex", source: parts.join(""), flags })),
    fc.constant<Expression>({ kind: "null" }),
    fc.boolean().map((value): Expression => ({ kind: "boolean", value })),
    tie("expression").map((operand): Expression => ({ kind: "not", operand })),
    fc
      .tuple(fc.constantFrom("==", "!=", "=~", "!~", "&&", "||"), tie("expression"), tie("expression"))
      .map(([operator, left, right]): Expression => ({ kind: "binary", operator, left, right })),
  ),
}));

describe("properties", () => {
  it("reads back what it prints", () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        expect(parseExpression(printExpression(expression))).toEqual({ expression });
      }),
      { numRuns: 500 },
    );
  });

  it("answers any text with an expression or a failure inside the text", () => {
    const pieces = fc.array(
      fc.constantFrom(
        "$A",
        '"x"',
        "'",
        "/",
        "\\",
        "(",
        ")",
        "==",
        "=",
        "!",
        "&&",
        "|",
        "null",
        " ",
        "[",
        "*",
        "é",
        "\n",
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          pieces.map((parts) => parts.join("")),
        ),
        (text) => {
          const parsed = parseExpression(text);
          const offset = "failure" in parsed ? parsed.failure.offset : 0;
          expect(offset >= 0 && offset <= text.length).toBe(true);
          if ("expression" in parsed) isTrue(parsed.expression, variables);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
