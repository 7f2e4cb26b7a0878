import { expect, it, test } from "vitest";
import { readCommandLine } from "../../../fuzz/command-line.ts";

const known = ["one", "two"];

test("without arguments a million inputs go to all targets", () => {
  const all = { runs: 1_000_000, seed: null, only: [], list: false, help: false };
  expect(readCommandLine([], known)).toEqual(all);
});

test("seed, runs and targets are taken", () => {
  const options = readCommandLine(["--seed", "0", "--runs", "5", "--only", "one", "--only", "two"], known);
  expect(options).toMatchObject({ seed: 0, runs: 5, only: ["one", "two"] });
});

it.each([
  [["--runs", "0"], /--runs takes a number/],
  [["--seed", "x"], /--seed takes a number/],
  [["--only", "three"], /no target three; there are one, two/],
])("refuses %j", (args, message) => {
  expect(() => readCommandLine(args, known)).toThrowError(message);
});
