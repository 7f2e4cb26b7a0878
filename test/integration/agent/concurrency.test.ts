import { describe, expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";

describe("six jobs on an agent with concurrent = 3", () => {
  it("run three at a time, each with slot numbers of its own, and leave nothing", async () => {
    await using coordinator = await startTestCoordinator();
    await using agent = await startTestAgent({ coordinator, concurrent: 3 });
    const script = ["echo slot=$CI_CONCURRENT_ID/$CI_CONCURRENT_PROJECT_ID", "sleep 1"];
    const started = await Promise.all(Array.from({ length: 6 }, () => agent.start({ script })));
    const ended = await Promise.all(started.map((job) => agent.ended(job)));
    const runs = ended.map(({ job, log }) => ({
      slot: /^slot=(.*)$/m.exec(log)?.[1],
      from: job.startedAt ?? 0,
      to: job.finishedAt ?? 0,
    }));
    expect(ended.map(({ job }) => job.state)).toEqual(Array.from({ length: 6 }, () => "success"));
    expect(new Set(runs.map(({ slot }) => slot))).toEqual(new Set(["0/0", "1/1", "2/2"]));
    for (const run of runs) {
      const beside = runs.filter(({ from, to }) => from < run.to && to > run.from);
      expect(new Set(beside.filter((other) => other.from <= run.from).map(({ slot }) => slot)).size).toBe(
        beside.filter((other) => other.from <= run.from).length,
      );
    }
  });
});
