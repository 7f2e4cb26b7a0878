import { bareContainer, dockerRunName } from "../floors.ts";
import { trueJob } from "../jobs.ts";
import { lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase } from "../site.ts";
import { jobMilliseconds } from "../timeline.ts";

export const start: BenchCase = {
  name: "start",
  title: "a job of `true` without sources, from accepted to final state",
  measure: async (site) => {
    await using field = await lineUp(site);
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 15,
      floor: () => bareContainer(site),
      work: (agent) => agent.run(trueJob),
    });
    return of.flatMap(({ agent, samples }) => [
      {
        name: "accepted to final state",
        runner: agent.name,
        unit: "ms",
        better: "lower",
        samples: samples.map(({ timeline }) => jobMilliseconds(timeline)),
        floor: { name: dockerRunName, samples: floor },
        target: { kind: "floor-multiple", value: 1.5 },
      },
      {
        name: "CPU of the agent, one job",
        runner: agent.name,
        unit: "CPU s",
        better: "lower",
        samples: samples.map(({ cpuSeconds }) => cpuSeconds),
      },
    ]);
  },
};
