import { expect, test } from "vitest";
import { changeText, sameFigure } from "../../../bench/compare.ts";
import { result, startFigure } from "./example-result.ts";

test("finds the figure of the same case, name and runner", () => {
  const earlier = result([{ ...startFigure([1]), runner: "other" }, startFigure([2])]);
  expect(sameFigure(earlier, "start", startFigure([9]))?.samples).toEqual([2]);
  expect(sameFigure(earlier, "log", startFigure([9]))).toBeUndefined();
  expect(sameFigure(earlier, "start", { ...startFigure([9]), name: "CPU" })).toBeUndefined();
});

test("tells the change in per cent, and the floor's beside it", () => {
  expect(changeText(startFigure([110], [50]), startFigure([100], [100]))).toBe("+10 % (floor -50 %)");
});

test("tells no floor's change where one of them has none", () => {
  const { floor: _, ...bare } = startFigure([50]);
  expect(changeText(startFigure([100]), bare)).toBe("+100 %");
});

test("has nothing to say without an earlier figure, or one in another unit", () => {
  expect(changeText(startFigure([1]), undefined)).toBe("");
  expect(changeText(startFigure([1]), { ...startFigure([1]), unit: "s" })).toBe("");
});

test("calls what was nothing before new", () => {
  const { floor: _, ...bare } = startFigure([0]);
  expect(changeText({ ...bare, samples: [3] }, bare)).toBe("new");
  expect(changeText(bare, bare)).toBe("+0 %");
});
