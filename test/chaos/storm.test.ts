import { expect, it } from "vitest";
import { runChaos } from "../../chaos/run-chaos.ts";
import { summaryOf, sumsOf } from "../../chaos/summary.ts";

it("two minutes of killed agents, cut daemons and sick coordinators lose nothing, double nothing and leave nothing", async () => {
  const { signal } = new AbortController();
  const result = await runChaos({ minutes: 2, seed: 1, keep: false, signal });
  console.log(summaryOf(result));
  const { lost, doubled, left, wrong } = sumsOf(result);
  expect({ lost, doubled, left, wrong }).toEqual({ lost: 0, doubled: 0, left: 0, wrong: 0 });
  expect(result.jobs.length).toBeGreaterThan(10);
  expect(result.done["agent killed"]).toBeGreaterThan(5);
});
