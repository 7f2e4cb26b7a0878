import { expect, it } from "vitest";
import { readCommandLine } from "../../../chaos/command-line.ts";

it("without arguments it is two minutes of seed 1", () => {
  expect(readCommandLine([])).toEqual({ minutes: 2, seed: 1, keep: false, help: false });
});

it("minutes and seed are taken", () => {
  expect(readCommandLine(["--minutes", "10", "--seed", "0"])).toMatchObject({ minutes: 10, seed: 0 });
});

it.each([
  [["--minutes", "0"], /--minutes takes a number/],
  [["--minutes", "x"], /--minutes takes a number/],
  [["--seed", "-1"], /--seed/],
])("refuses %j", (args, message) => {
  expect(() => readCommandLine(args)).toThrowError(message);
});
