import { expect, test } from "vitest";
import { largeVariableWarnings } from "../../../src/job/large-variables.ts";

test("a variable that the kernel would not take is told of by its name alone", () => {
  const fits = `FITS=${"x".repeat(131_072 - 6)}`;
  const wide = `WIDE=${"€".repeat(50_000)}`;
  expect(largeVariableWarnings(["A=1", fits])).toEqual([]);
  const warnings = largeVariableWarnings([`${fits}x`, wide]);
  expect(warnings.map((warning) => warning.split(" ")[2])).toEqual(["FITS", "WIDE"]);
  expect(warnings.join("").length).toBeLessThan(400);
});
