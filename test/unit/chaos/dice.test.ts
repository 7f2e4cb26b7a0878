import { expect, it } from "vitest";
import { diceOf } from "../../../chaos/dice.ts";

const throws = (seed: number, stream: string) => {
  const dice = diceOf(seed, stream);
  return Array.from({ length: 20 }, () => dice.integer(1, 6));
};

it("the same seed decides the same, another one or another part of a run something else", () => {
  expect(throws(1, "jobs")).toEqual(throws(1, "jobs"));
  expect(throws(1, "jobs")).not.toEqual(throws(2, "jobs"));
  expect(throws(1, "jobs")).not.toEqual(throws(1, "agent"));
});

it("every number of a range comes, and what has no weight doesn't", () => {
  const dice = diceOf(5, "");
  const numbers = Array.from({ length: 500 }, () => dice.integer(1, 6));
  expect(new Set(numbers)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  const picked = Array.from({ length: 500 }, () => dice.weighted([{ weight: 0 }, { weight: 2 }, { weight: 1 }]).weight);
  expect(new Set(picked)).toEqual(new Set([2, 1]));
});
