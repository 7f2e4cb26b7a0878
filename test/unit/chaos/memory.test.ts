import { expect, it } from "vitest";
import { slopeOf } from "../../../chaos/memory.ts";

it("the slope is that of the line nearest to the values", () => {
  expect(slopeOf([5, 5, 5, 5])).toBe(0);
  expect(slopeOf([1, 3, 5, 7])).toBe(2);
  expect(slopeOf([7, 5, 3])).toBe(-2);
  expect(slopeOf([0, 0, 6, 0, 0])).toBeCloseTo(0);
  expect(slopeOf([0, 3, 0, 3])).toBeCloseTo(0.6);
});

it("one value has none", () => {
  expect(slopeOf([1])).toBeNaN();
});
