import { scriptJob } from "../../test/support/coordinator.ts";
import { dockerRunLatencies } from "../floors.ts";
import { printsStamp } from "../jobs.ts";
import { lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase } from "../site.ts";
import { stampDelays } from "../timeline.ts";

/** Pauses between lines, in seconds: every length in which a writer may hold a line back, in no order. */
const pauses = Array.from({ length: 40 }, (_, index) => (0.02 + ((index * 37) % 100) * 0.009).toFixed(3));
const script = `for pause in ${pauses.join(" ")}; do ${printsStamp}; sleep $pause; done`;

export const latency: BenchCase = {
  name: "latency",
  title: "from the printing of a line to its arrival at the coordinator",
  measure: async (site) => {
    await using field = await lineUp(site);
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 2,
      warmUp: false,
      floor: () => dockerRunLatencies(site, script),
      work: async (agent) => {
        const job = await agent.run(scriptJob({ script: [script] }));
        return stampDelays(await job.log(), job.timeline.patches);
      },
    });
    return of.flatMap(({ agent, samples }) => {
      const figure = {
        name: "printed to arrived",
        runner: agent.name,
        unit: "ms",
        better: "lower",
        samples: samples.flat(),
        floor: { name: "printed to read from docker run", samples: floor.flat() },
      } as const;
      return [
        { ...figure, target: { kind: "limit", value: 150 } },
        { ...figure, of: "worst", target: { kind: "limit", value: 400 } },
      ];
    });
  },
};
