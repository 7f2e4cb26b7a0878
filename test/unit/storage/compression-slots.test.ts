import { expect, it } from "vitest";
import { CompressionSlots } from "../../../src/storage/compression-slots.ts";

function work() {
  const gate = Promise.withResolvers<string>();
  const state = { started: false };
  const run = () => {
    state.started = true;
    return gate.promise;
  };
  return { ...gate, run, state };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it("starts no more work at a time than there are slots, and the rest in order", async () => {
  const slots = new CompressionSlots(2);
  const works = Array.from({ length: 4 }, work);
  const results = works.map(({ run }) => slots.run(run));
  const started = async () => {
    await turn();
    return works.map(({ state }) => state.started);
  };
  expect(await started()).toEqual([true, true, false, false]);
  works[1]?.resolve("second");
  expect(await started()).toEqual([true, true, true, false]);
  works[0]?.resolve("first");
  expect(await started()).toEqual([true, true, true, true]);
  works[2]?.resolve("third");
  works[3]?.resolve("fourth");
  expect(await Promise.all(results)).toEqual(["first", "second", "third", "fourth"]);
});

it("has the slot of work that failed for the next one", async () => {
  const slots = new CompressionSlots(1);
  const failing = slots.run(() => Promise.reject(new Error("no memory")));
  const next = slots.run(async () => "done");
  await expect(failing).rejects.toThrow("no memory");
  expect(await next).toBe("done");
  expect(await slots.run(async () => "again")).toBe("again");
});
