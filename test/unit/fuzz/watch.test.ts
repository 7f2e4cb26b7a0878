import * as fc from "fast-check";
import { expect, it } from "vitest";
import { fuzzTargets } from "../../../fuzz/targets.ts";
import { runWatched } from "../../../fuzz/watch.ts";

it("a target runs in a thread of its own, and one that the thread can't run is a finding", async () => {
  const [first] = fuzzTargets;
  if (first === undefined) throw new Error("there is no target");
  expect(await runWatched(first, 20, 1)).toMatchObject({ name: first.name, inputs: 20, finding: null });
  const unknown = { name: "unknown", share: 1, arbitrary: fc.constant(1), check: () => {} };
  expect((await runWatched(unknown, 20, 1)).finding).toMatchObject({
    target: "unknown",
    error: "there is no target unknown",
    input: "1",
  });
});
