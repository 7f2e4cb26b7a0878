import { expect, it } from "vitest";
import { runTarget } from "../../../fuzz/run-target.ts";
import { fuzzTargets } from "../../../fuzz/targets.ts";

it.each(fuzzTargets)(
  "$name stands what it is given",
  async (target) => {
    const runs = Math.ceil(target.share * 3);
    const { finding, inputs } = await runTarget({ ...target, limitMs: 60_000 }, { runs, seed: 1 });
    expect(finding).toBeNull();
    expect(inputs).toBe(runs);
  },
  60_000,
);

it("has targets whose names are their own", () => {
  expect(new Set(fuzzTargets.map(({ name }) => name)).size).toBe(fuzzTargets.length);
});
