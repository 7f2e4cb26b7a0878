import { expect, test } from "vitest";
import { median, quantile } from "../../../bench/statistics.ts";

test("the median of an odd number of samples is the middle one, whatever their order", () => {
  expect(median([9, 1, 5])).toBe(5);
});

test("the median of an even number lies between the two in the middle", () => {
  expect(median([4, 1, 3, 100])).toBe(3.5);
});

test("a quantile lies between its neighbours in proportion", () => {
  expect(quantile([0, 10], 0.25)).toBe(2.5);
  expect(quantile([1, 2, 3], 1)).toBe(3);
});

test("no samples have no median", () => {
  expect(median([])).toBeNaN();
});

test("the samples stay as they were", () => {
  const samples = [3, 1, 2];
  median(samples);
  expect(samples).toEqual([3, 1, 2]);
});
