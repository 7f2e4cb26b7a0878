import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromEnvironment, internal, type Variable, Variables } from "../../../src/job/variables.ts";

const variable = (key: string, value: string, more: Partial<Variable> = {}): Variable => ({
  ...internal(key, value),
  ...more,
});
const keys = fc.constantFrom("A", "B", "C", "D");
const lists = fc.array(
  fc.record({ key: keys, value: fc.stringMatching(/^[a-z$ABCD{}]*$/), raw: fc.boolean(), file: fc.boolean() }),
);

describe("of several variables with one name", () => {
  test("the last one counts, whatever came before", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const variables = new Variables(list.map((item) => variable(item.key, item.value, { raw: true })));
        for (const { key } of list) expect(variables.get(key)).toBe(list.findLast((item) => item.key === key)?.value);
      }),
    );
  });

  test("one entry reaches the environment", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const names = new Variables(list.map((item) => variable(item.key, item.value, item)))
          .environment()
          .map((entry) => entry.split("=", 1)[0]);
        expect(names.length).toBe(new Set(names).size);
        expect(new Set(names)).toEqual(new Set(list.map((item) => item.key)));
      }),
    );
  });
});

describe("expansion", () => {
  test("is one pass against the values before it, so loops end", () => {
    const variables = new Variables([variable("A", "$B$B"), variable("B", "$A$A"), variable("C", "${C}c")]).expanded();
    expect([variables.get("A"), variables.get("B"), variables.get("C")]).toEqual(["$A$A$A$A", "$B$B$B$B", "${C}cc"]);
  });

  test("sees the overriding value, also in what stands before it", () => {
    const variables = new Variables([
      variable("URL", "http://$HOST"),
      variable("HOST", "one"),
      variable("HOST", "two"),
    ]).expanded();
    expect(variables.get("URL")).toBe("http://two");
  });

  test("leaves raw variables alone and gives their text to others", () => {
    const variables = new Variables([variable("RAW", "$A", { raw: true }), variable("A", "<$RAW>")]).expanded();
    expect([variables.get("RAW"), variables.get("A")]).toEqual(["$A", "<$A>"]);
  });

  test("gives the path of a file variable, and keeps its content", () => {
    const temporary = internal("RUNNER_TEMP_PROJECT_DIR", "/builds/app.tmp");
    const variables = new Variables([
      temporary,
      variable("KEY", "secret", { file: true }),
      variable("USE", "-i $KEY"),
    ]).expanded();
    expect(variables.get("USE")).toBe("-i /builds/app.tmp/KEY");
    expect(variables.value("KEY")).toBe("secret");
    expect(variables.files()).toEqual([{ key: "KEY", path: "/builds/app.tmp/KEY", content: "secret" }]);
  });

  test("knows a dollar, and no special parameter of a shell, even where a variable has its name", () => {
    const variables = new Variables(["*", "#", "@", "!", "?", "0", "9"].map((name) => variable(name, "set")));
    expect(variables.expand("$$ $* $# $@ $! $? $0 $9|")).toBe("$       |");
  });

  test("does not change the list it was made from", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const variables = new Variables(list.map((item) => variable(item.key, item.value, item)));
        const before = JSON.stringify(variables.list);
        variables.expanded();
        expect(JSON.stringify(variables.list)).toBe(before);
      }),
    );
  });
});

test.each([
  ["1", true],
  ["t", true],
  ["TRUE", true],
  ["True", true],
  ["yes", false],
  ["0", false],
  ["", false],
])("reads %j as %j", (text, expected) => {
  expect(new Variables([variable("FLAG", text)]).flag("FLAG")).toBe(expected);
});

test("masks every masked value, those overridden later, too, and no empty one", () => {
  const masked = { masked: true };
  const variables = new Variables([
    variable("A", "one", masked),
    variable("A", "two", masked),
    variable("B", "", masked),
    variable("C", "open"),
  ]);
  expect(variables.masked()).toEqual(["one", "two"]);
});

test("cuts a value at a NUL, which no environment can hold", () => {
  expect(new Variables([variable("A", "before\0after")]).environment()).toEqual(["A=before"]);
});

test("reads KEY=VALUE lines, with further equals signs in the value, and leaves out what has none", () => {
  const read = fromEnvironment(["A=1", "B=x=y", "C=", "D", ""]);
  expect(read.map(({ key, value }) => [key, value])).toEqual([
    ["A", "1"],
    ["B", "x=y"],
    ["C", ""],
  ]);
  expect(read.every((item) => item.internal && !item.public)).toBe(true);
});

test("a job whose variables fill the memory is refused", () => {
  const long = "x".repeat(50_000);
  const refused = expect.objectContaining({ code: "VARIABLES_TOO_LONG", audience: "author" });
  const one = new Variables([variable("A", long), variable("B", "$A".repeat(20_000))]);
  expect(() => one.expanded()).toThrowError(refused);
  const many = Array.from({ length: 40 }, (_, index) => variable(`B${index}`, "$A".repeat(60)));
  expect(() => new Variables([variable("A", long), ...many]).expanded()).toThrowError(refused);
});

test("a name with a NUL, which no environment can hold, is left out", () => {
  expect(new Variables([variable("A\0B", "1"), variable("C", "2\0 3")]).environment()).toEqual(["C=2"]);
});
