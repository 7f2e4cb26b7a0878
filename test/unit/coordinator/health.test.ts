import { expect, it } from "vitest";
import { afterAnswer, afterForcedCheck, healthy, mayAskAt } from "../../../src/coordinator/health.ts";

const limits = { failures: 3, intervalMs: 3_600_000 };
const fail = (count: number, from = healthy, now = 1000) => {
  let health = from;
  for (let index = 0; index < count; index++) health = afterAnswer(health, false, limits, now);
  return health;
};

it("is disabled by as many failures in a row as the limit, for the interval", () => {
  expect(mayAskAt(fail(2), limits)).toBe(0);
  expect(mayAskAt(fail(3), limits)).toBe(3_601_000);
});

it("is well again after one success", () => {
  expect(afterAnswer(fail(2), true, limits, 2000)).toEqual(healthy);
  expect(mayAskAt(fail(2, afterAnswer(fail(2), true, limits, 2000)), limits)).toBe(0);
});

it("counts anew from the check that is forced after the interval", () => {
  const forced = afterForcedCheck(fail(3));
  expect(mayAskAt(fail(2, forced), limits)).toBe(0);
  expect(mayAskAt(fail(3, forced, 5000), limits)).toBe(3_605_000);
});

it("is not changed by a check that was not forced", () => {
  expect(afterForcedCheck(fail(2))).toEqual(fail(2));
});
