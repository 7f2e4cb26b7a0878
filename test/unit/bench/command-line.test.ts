import { expect, test } from "vitest";
import { readCommandLine } from "../../../bench/command-line.ts";

const known = ["start", "log", "idle"];

test("without arguments every case runs its own number of rounds", () => {
  expect(readCommandLine([], known)).toEqual({
    cases: [],
    list: false,
    help: false,
    runs: null,
    compare: null,
    out: null,
    runner: null,
  });
});

test("cases run in their own order, whatever the order of the arguments", () => {
  expect(readCommandLine(["idle", "--runs", "3", "start"], known)).toMatchObject({ cases: ["start", "idle"], runs: 3 });
});

test("names a case that there isn't", () => {
  expect(() => readCommandLine(["stat"], known)).toThrow("there is no case stat; there are start, log, idle");
});

test.each(["0", "-1", "1.5", "many"])("refuses %s rounds", (runs) => {
  expect(() => readCommandLine([`--runs=${runs}`], known)).toThrow("--runs takes a number from 1");
});

test("another runner comes with its helper image", () => {
  const { runner } = readCommandLine(["--runner", "/bin/other", "--runner-helper-image", "helper:1"], known);
  expect(runner).toEqual({ path: "/bin/other", helperImage: "helper:1" });
  expect(() => readCommandLine(["--runner", "/bin/other"], known)).toThrow("--runner-helper-image");
});
