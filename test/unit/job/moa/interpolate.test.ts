import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget } from "../../../../src/job/moa/budget.ts";
import { MoaError } from "../../../../src/job/moa/moa-error.ts";
import { interpolate } from "../../../../src/job/moa/template.ts";
import { fromJson } from "../../../../src/job/moa/value.ts";

const names = new Map([
  [
    "job",
    {
      data: new Map([
        [
          "inputs",
          fromJson(
            { name: "fred", empty: "", count: 3, yes: true, list: ["one", "two"], deep: { "a-b": [1], c: null } },
            false,
          ),
        ],
        ["password", fromJson("hunter2", true)],
        ["login", { data: new Map([["secret", fromJson("hunter2", true)]]), sensitive: false }],
      ]),
      sensitive: false,
    },
  ],
]);
const textOf = (text: string) => interpolate(text, names).text;
const errorOf = (text: string) => {
  try {
    return interpolate(text, names).text;
  } catch (error) {
    if (error instanceof MoaError) return error;
    throw error;
  }
};

// docs.gitlab.com/ci/functions/moa
test.each([
  ["Hello ${{ job.inputs.name }}, ${{job.inputs.name}}!", "Hello fred, fred!"],
  ["${{ job.inputs.count }} ${{ job.inputs.yes }}", "3 true"],
  ["${{ job.inputs.list[1] }} ${{ job.inputs.list[2 - 2] }}", "two one"],
  ['${{ job.inputs.deep["a-b"][0] }}', "1"],
  ['${{ job["inputs"].name }}', "fred"],
  ["${{ job.inputs.list }}", '["one","two"]'],
  ["${{ job.inputs.deep }}", '{"a-b":[1],"c":null}'],
  ["${{ job.inputs.deep.c }}", "<null>"],
  ["Use \\${{ to start", "Use ${{ to start"],
  ["a \\n stays, $X and ${Y} and $$ too, }} as well", "a \\n stays, $X and ${Y} and $$ too, }} as well"],
  ["${{ 42 }} ${{ 3.14 }} ${{ 1.5e3 }} ${{ 2E-4 }}", "42 3.14 1500 0.0002"],
  ['${{ "Hello\\nWor\\u006cd \\"x\\" \\\\" }}', 'Hello\nWorld "x" \\'],
  ["${{ 'It\\'s a \\\\' }}", "It's a \\"],
  ["${{ 'Literal ${{ not evaluated }}' }}", "Literal ${{ not evaluated }}"],
  ['${{ "in ${{ job.inputs.name + "!" }} out" }}', "in fred! out"],
  ['${{ "\\${{ x }}" }}', "${{ x }}"],
  ["${{ 2 + 3 * 4 }} ${{ (2 + 3) * 4 }} ${{ 10 - 4 - 3 }}", "14 20 3"],
  ["${{ 10 / 4 }} ${{ 10 % 3 }} ${{ -10 % 3 }} ${{ -(1 + 2) }} ${{ +5 }}", "2.5 1 -1 -3 5"],
  ['${{ "a" + "b" }}', "ab"],
  [
    '${{ 1 == 1 }} ${{ 1 == "1" }} ${{ 1 != 2 }} ${{ 2 <= 2 }} ${{ 3 > 2 }} ${{ "b" >= "a" }}',
    "true false true true true true",
  ],
  ["${{ false < true }} ${{ [1, 2] < [1, 3] }} ${{ [1] == [1,] }}", "true true true"],
  ['${{ {a: 1, b: 2} == {b: 2, "a": 1} }} ${{ {a: 1} == {a: 2} }} ${{ null == null }}', "true false true"],
  ['${{ "😀" > "\\uffff" }}', "true"],
  ['${{ job.inputs.empty || "default" }} ${{ job.inputs.name || "default" }}', "default fred"],
  ['${{ job.inputs.yes && "-v" || "" }}${{ !job.inputs.yes && "-q" || "" }}', "-v"],
  [
    "${{ !true }} ${{ !0 }} ${{ ![] }} ${{ !{} }} ${{ !null }} ${{ !!job.inputs.name }}",
    "false true true true true true",
  ],
  ["${{ true || job.nothing }} ${{ false && job.nothing }}", "true false"],
  ['${{ {name: "x", (job.inputs.name): 1}}}', '{"name":"x","fred":1}'],
  [
    '${{ str(42) + str(true) + str(null) }} ${{ num("3.14") + 1 }} ${{ num("-1e1") }}',
    "42true<null> 4.140000000000001 -10",
  ],
  ['${{ bool("hello") }} ${{ bool("") }} ${{ bool(0) }} ${{ bool([0]) }}', "true false false true"],
  ["${{\n  job\n  .inputs\t.name\r\n}}", "fred"],
])("%j is %j", (text, expected) => {
  expect(textOf(text)).toBe(expected);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ["${{ job.inputs.name + }}", /unexpected "}", expected a value at character 23/],
  ["${{ job.inputs.name", /unexpected the end of the text, expected "}}"/],
  ["x\ny ${{ }}", /unexpected "}", expected a value at line 2, character 7/],
  ["${{ job.inputs.other }}", /there is no "other" in the object: attribute not found/],
  ["${{ job.inputs.list[2] }}", /there is no "2" in the array: attribute not found/],
  ["${{ job.inputs.list[0.5] }}", /there is no "0.5" in the array/],
  ['${{ job.inputs.list["0"] }}', /the index of an array is a number, not string/],
  ["${{ job.inputs.name.length }}", /string has nothing inside/],
  ["${{ job.inputs.deep.c.d }}", /null has nothing inside/],
  ["${{ vars.CI_JOB_ID }}", /there is no "vars" here, only job/],
  ['${{ "hello" + 42 }}', /"\+" takes numbers, not string; convert with num\(\)/],
  ["${{ 1 / 0 }}", /division by zero/],
  ["${{ 1 % 0 }}", /division by zero/],
  ["${{ {(1): 2} }}", /the key of an object is a string, not number/],
  ["${{ now() }}", /there is no function "now"/],
  ["${{ job.inputs() }}", /there is no function/],
  ["${{ str() }}", /str\(\) takes one argument, not 0/],
  ['${{ num("x") }}', /the text of a number, and this string is none/],
  ["${{ 'a\\n' }}", /unknown escape "\\n"/],
  ['${{ "a\\q" }}', /unknown escape "\\q"/],
  ['${{ "a }}', /a string is not closed at character 5/],
  ["${{ for }}", /"for" is a reserved word/],
  ["${{ job & job }}", /unexpected "&" at character 9/],
  [`\${{ ${"[".repeat(101)} }}`, /nested too deeply/],
  [`\${{ ${"!".repeat(200)}1 }}`, /nested too deeply/],
  [`\${{ 1${"+1".repeat(100_000)} }}`, /too long/],
  [`\${{ "${'${{ "'.repeat(300)} }}`, /nested too deeply/],
];
test.each(refused.map(([text, expected]) => [text.slice(0, 40), expected, text] as const))(
  "%j is refused: %s",
  (_, expected, text) => {
    expect(errorOf(text)).toEqual(expect.objectContaining({ message: expect.stringMatching(expected) as string }));
  },
);

describe("a long value that is named often", () => {
  const long = new Map([
    [
      "long",
      fromJson(
        Array.from({ length: 100_000 }, () => "ab"),
        false,
      ),
    ],
  ]);
  const times = (count: number, expression: string) => `\${{ ${expression} }}`.repeat(count);

  test.each(["bool(long)", "!long", "long == long", '"${{ long }}" == ""', "[str(long), str(long)] == 1"])(
    "costs a bounded time: %s",
    (expression) => {
      expect(interpolate(times(10, expression), long).text).not.toBe("");
      expect(() => interpolate(times(1000, expression), long)).toThrowError(/more than 32 Mi characters/);
    },
  );

  test("costs no more in several texts", () => {
    const budget = new Budget();
    const text = times(20, "bool(long)");
    expect(() => {
      for (let count = 0; count < 10; count++) interpolate(text, long, budget);
    }).toThrowError(MoaError);
  });
});

describe("what is sensitive", () => {
  test.each([
    "${{ job.password }}",
    "a ${{ job.login.secret + '!' }}",
    "${{ job.login }}",
    '${{ "x${{ job.password }}" }}',
    "${{ str(job.login) }}",
    "${{ job.password == 'a' }}",
    "${{ !job.password }}",
    "${{ [job.password] }}",
    "${{ {a: job.password}.a }}",
    "${{ job.inputs.empty || job.password }}",
  ])("makes %j sensitive", (text) => {
    expect(interpolate(text, names).sensitive).toBe(true);
  });

  test("makes nothing sensitive that only stands beside it", () => {
    expect(interpolate("${{ [job.password, 'a'][1] }} ${{ job.inputs.name }}", names).sensitive).toBe(false);
  });
});

test("a text without an expression stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      fc.pre(!text.includes("${{"));
      expect(textOf(text)).toBe(text);
    }),
  );
});

test("a text comes through as an escaped string of either kind", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const raw = text.replaceAll(/[\\']/g, (character) => `\\${character}`);
      expect(textOf(`\${{ '${raw}' }}`)).toBe(text);
      const quoted = text.replaceAll(/[\\"]/g, (character) => `\\${character}`).replaceAll("${{", "\\${{");
      expect(textOf(`\${{ "${quoted}" }}`)).toBe(text);
    }),
  );
});

test("whatever stands in an expression, it gives a text or says what is wrong", () => {
  const piece = fc.constantFrom(
    ..."job inputs name str ( ) [ ] { } . , : + - * / % ! == < && || \" ' 1 2.5 \\ ${{ }}".split(" "),
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))), (pieces) => {
      expect(errorOf(`\${{ ${pieces.join(" ")} }}`)).toBeDefined();
    }),
  );
});
