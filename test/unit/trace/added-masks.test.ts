import { describe, expect, test } from "vitest";
import { AddedMasks } from "../../../src/trace/added-masks.ts";
import { MaskSet } from "../../../src/trace/mask.ts";

async function added(count: number, valueOf: (index: number) => string) {
  const told: string[] = [];
  const secrets = new MaskSet();
  const recorded: string[] = [];
  const masks = new AddedMasks({
    secrets,
    record: async (values) => void recorded.push(...values),
    warn: (text) => told.push(text),
  });
  for (let index = 0; index < count; index++) masks.add([valueOf(index)]);
  await masks.recorded;
  return { masks, told, recorded, secrets };
}

describe("secrets that are named one by one", () => {
  test("are all taken when they are like tokens", async () => {
    const { told, recorded } = await added(500, (index) => `token-${index}-${"abcdefghij".repeat(3)}`);
    expect([recorded.length, told]).toEqual([500, []]);
  });

  test("are taken as long as the search can be set up for them, and then told of", async () => {
    const { told, recorded, secrets } = await added(500, (index) => `${index}${"\u4f60'\"<&$/ ".repeat(64)}`);
    const weights = recorded.map((value) => secrets.weightOf(value));
    const work = weights.reduce((sum, weight, index) => sum + weight * (weights.length - index), 0);
    expect(work).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(recorded.length).toBeGreaterThan(40);
    expect(told).toEqual([expect.stringContaining("the search would take too long")]);
  });

  test("are not taken when a single one has more forms than there is memory for", async () => {
    const { told, recorded } = await added(1, () => "\u4f60'\"<&$/ ".repeat(8 * 1024));
    expect([recorded, told]).toEqual([[], [expect.stringContaining("the search would take too long")]]);
  });
});

describe("a record that can't be written", () => {
  const failing = (failures: number) => {
    const recorded: string[] = [];
    const masks = new AddedMasks({
      secrets: new MaskSet(),
      record: async (values) => {
        await Promise.resolve();
        if (failures-- > 0) throw new Error("no space left on device");
        recorded.push(...values);
      },
      warn: () => {},
    });
    return { masks, recorded };
  };

  test("is tried again by whoever waits for it", async () => {
    const { masks, recorded } = failing(2);
    masks.add(["first-found"]);
    await expect(masks.recorded).rejects.toThrow("no space");
    await expect(masks.recorded).rejects.toThrow("no space");
    await masks.recorded;
    expect(recorded).toEqual(["first-found"]);
  });

  test("holds up those that come after it, and none is lost", async () => {
    const { masks, recorded } = failing(1);
    masks.add(["first-found"]);
    masks.add(["second-found"]);
    await expect(masks.recorded).rejects.toThrow("no space");
    await masks.learn("learned-on-the-way");
    expect(recorded).toEqual(["first-found", "second-found", "learned-on-the-way"]);
    await masks.recorded;
    expect(recorded).toHaveLength(3);
  });
});

describe("a secret that the agent learned", () => {
  test("is on record once, and not when it is too short to hide", async () => {
    const { masks, recorded } = await added(0, String);
    await masks.learn("learned-on-the-way");
    await masks.learn("learned-on-the-way");
    await masks.learn("abc");
    expect(recorded).toEqual(["learned-on-the-way"]);
  });
});
