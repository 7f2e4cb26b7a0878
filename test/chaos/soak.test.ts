import { expect, it } from "vitest";
import { runSoak } from "../../chaos/run-soak.ts";

it("jobs one after another, some of them killed, end as they must and leave nothing", async () => {
  const { signal } = new AbortController();
  const result = await runSoak({ jobs: 10, seed: 1, say: () => {}, signal });
  expect({ left: result.left, problems: result.problems }).toEqual({ left: [], problems: [] });
  expect(result.samples).toHaveLength(10);
  expect(result.jobs["container killed"]).toBe(2);
});
