import { describe, expect, test } from "vitest";
import { AddedMasks } from "../../../src/trace/added-masks.ts";
import { MaskSet } from "../../../src/trace/mask.ts";

function added(count: number, valueOf: (index: number) => string) {
  const told: string[] = [];
  const secrets = new MaskSet();
  const recorded: string[] = [];
  const masks = new AddedMasks({
    secrets,
    record: async (values) => void recorded.push(...values),
    warn: (text) => told.push(text),
  });
  for (let index = 0; index < count; index++) masks.add([valueOf(index)]);
  return { told, recorded, secrets };
}

describe("secrets that are named one by one", () => {
  test("are all taken when they are like tokens", () => {
    const { told, recorded } = added(500, (index) => `token-${index}-${"abcdefghij".repeat(3)}`);
    expect([recorded.length, told]).toEqual([500, []]);
  });

  test("are taken as long as the search can be set up for them, and then told of", () => {
    const { told, recorded, secrets } = added(500, (index) => `${index}${"\u4f60'\"<&$/ ".repeat(64)}`);
    const weights = recorded.map((value) => secrets.weightOf(value));
    const work = weights.reduce((sum, weight, index) => sum + weight * (weights.length - index), 0);
    expect(work).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(recorded.length).toBeGreaterThan(40);
    expect(told).toEqual([expect.stringContaining("the search would take too long")]);
  });

  test("are not taken when a single one has more forms than there is memory for", () => {
    const { told, recorded } = added(1, () => "\u4f60'\"<&$/ ".repeat(8 * 1024));
    expect([recorded, told]).toEqual([[], [expect.stringContaining("the search would take too long")]]);
  });
});
