import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { floorNames, resultTable, shortfalls } from "../../../bench/table.ts";
import { result, startFigure } from "./example-result.ts";

const row = (text: string, start: string) =>
  stripVTControlCharacters(text)
    .split("\n")
    .find((line) => line.includes(start))
    ?.split("│")
    .map((cell) => cell.trim());

test("shows a figure with spread, floor, ratio and whether its target is met", () => {
  const table = resultTable(result([startFigure([700, 600, 900])]), null);
  expect(row(table, "longshore")).toEqual([
    "",
    "start",
    "accepted to final state",
    "longshore",
    "700 ms",
    "600..900",
    "3",
    "500 ms",
    "1.40",
    "<= 1.5 x floor",
    "yes",
    "",
  ]);
});

test("shows beside an earlier result how figure and floor changed", () => {
  const table = resultTable(result([startFigure([600])]), result([startFigure([800], [400])]));
  expect(row(table, "longshore")?.at(-2)).toBe("-25 % (floor +25 %)");
});

test("says of a case that failed why it was not measured", () => {
  expect(resultTable(result([], "no such image"), null)).toContain("NOT MEASURED: no such image");
});

test("names targets that were missed and cases that failed", () => {
  expect(shortfalls(result([startFigure([900])]), "longshore")).toEqual([
    "start: accepted to final state is 900 ms (1.80 x floor), wanted <= 1.5 x floor",
  ]);
  expect(shortfalls(result([], "no such image"), "longshore")).toEqual(["start: not measured: no such image"]);
  expect(shortfalls(result([startFigure([700])]), "longshore")).toEqual([]);
});

test("holds no other runner to our targets", () => {
  expect(shortfalls(result([{ ...startFigure([9000]), runner: "other" }]), "longshore")).toEqual([]);
});

test("names each floor once", () => {
  const figures = [startFigure([700]), { ...startFigure([900]), runner: "other" }];
  expect(floorNames(result(figures))).toEqual(["start: docker run"]);
});
