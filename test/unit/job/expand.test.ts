import fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "../../../src/job/expand.ts";

const values: Readonly<Record<string, string>> = {
  HOME: "/usr/gopher",
  H: "(Value of H)",
  home_1: "/usr/foo",
  _: "underscore",
  "*": "all the args",
  "#": "NARGS",
  $: "PID",
  "1": "ARGUMENT1",
};
const lookup = (name: string) => values[name] ?? "";

// The cases of Go's own test of os.Expand.
test.each([
  ["", ""],
  ["$*", "all the args"],
  ["$$", "PID"],
  ["${*}", "all the args"],
  ["$1", "ARGUMENT1"],
  ["${1}", "ARGUMENT1"],
  ["now is the time", "now is the time"],
  ["$HOME", "/usr/gopher"],
  ["$home_1", "/usr/foo"],
  ["${HOME}", "/usr/gopher"],
  ["${H}OME", "(Value of H)OME"],
  ["A$$$#$1$H$home_1*B", "APIDNARGSARGUMENT1(Value of H)/usr/foo*B"],
  ["start$+middle$^end$", "start$+middle$^end$"],
  ["mixed$|bag$$$", "mixed$|bagPID$"],
  ["$", "$"],
  ["$}", "$}"],
  ["${", ""],
  ["${}", ""],
])("expands %j to %j, as Go does", (text, expected) => {
  expect(expand(text, lookup)).toBe(expected);
});

test.each([
  ["a name ends at the first character that can't be part of it", "$HOME-$HOMES.$HOME", "/usr/gopher-./usr/gopher"],
  ["braces hold any name", "${not-there}${H}", "(Value of H)"],
  ["what comes out is not expanded again", "$NESTED", "$HOME"],
  ["only one digit is taken without braces", "$12", "ARGUMENT12"],
  ["letters beyond ASCII end a name", "$Hé", "(Value of H)é"],
])("%s", (_, text, expected) => {
  expect(expand(text, (name) => (name === "NESTED" ? "$HOME" : lookup(name)))).toBe(expected);
});

test("text without a dollar stays as it is, and nothing makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const result = expand(text, lookup);
      if (!text.includes("$")) expect(result).toBe(text);
    }),
  );
});

test("a name in braces is its value wherever it stands", () => {
  const around = fc.string().filter((text) => !text.includes("$"));
  fc.assert(
    fc.property(
      around,
      fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]*$/),
      fc.string(),
      around,
      (before, name, value, after) => {
        expect(expand(`${before}\${${name}}${after}`, (asked) => (asked === name ? value : "?"))).toBe(
          before + value + after,
        );
      },
    ),
  );
});

test("takes time that grows with the text only", () => {
  expect(expand("${".repeat(100_000), lookup)).toBe("");
  expect(expand("$".repeat(100_001), () => "")).toBe("$");
});
