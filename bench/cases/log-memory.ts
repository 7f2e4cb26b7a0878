import { scriptJob } from "../../test/support/coordinator.ts";
import { printsBytes } from "../jobs.ts";
import { lineUp } from "../line-up.ts";
import type { RunnerFigure } from "../result.ts";
import type { BenchCase, Site } from "../site.ts";

const small = 1;
const large = 1024;

export const logMemory: BenchCase = {
  name: "log-memory",
  title: "peak memory of the agent after a job that prints 1 MiB, and after one that prints 1 GiB",
  measure: async (site) => {
    const figures: RunnerFigure[] = [];
    for (const contestant of site.contestants) {
      const peaks: { small: number; large: number }[] = [];
      for (let round = 1; round <= (site.runs ?? 1); round++) {
        peaks.push({
          small: await peakAfter(site, contestant, small),
          large: await peakAfter(site, contestant, large),
        });
      }
      const figure = { runner: contestant.name, unit: "MiB", better: "lower" } as const;
      figures.push(
        { ...figure, name: `peak memory, ${small} MiB of log`, samples: peaks.map((peak) => peak.small) },
        { ...figure, name: `peak memory, ${large} MiB of log`, samples: peaks.map((peak) => peak.large) },
        {
          ...figure,
          name: "difference",
          samples: peaks.map((peak) => Math.max(0, peak.large - peak.small)),
          target: { kind: "limit", value: 20 },
        },
      );
    }
    return figures;
  },
};

/** Of an agent that has just been started: what it had for an earlier job may stay with the process. */
async function peakAfter(site: Site, contestant: Site["contestants"][number], mebibytes: number): Promise<number> {
  site.say(`${contestant.name}: ${mebibytes} MiB`);
  await using field = await lineUp(site, { runner: "output_limit = 4000000", contestants: [contestant] });
  const [agent] = field.agents;
  if (agent === undefined) throw new Error("no agent was started");
  await agent.run(scriptJob({ script: [printsBytes(mebibytes * 2 ** 20)] }));
  return (await agent.usage()).peakMiB;
}
