import { scriptJob } from "../../test/support/coordinator.ts";
import { dockerRun } from "../floors.ts";
import { printsBytes } from "../jobs.ts";
import { lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase } from "../site.ts";
import { jobMilliseconds } from "../timeline.ts";

const mebibytes = 64;
const command = printsBytes(mebibytes << 20);

export const log: BenchCase = {
  name: "log",
  title: `a job that prints ${mebibytes} MiB, from accepted to final state`,
  measure: async (site) => {
    await using field = await lineUp(site, { runner: "output_limit = 1000000" });
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 5,
      floor: () => dockerRun(site, site.images.base, ["sh", "-c", command], ["--log-driver", "none"]),
      work: (agent) => agent.run(scriptJob({ script: [command] })),
    });
    const usages = await Promise.all(field.agents.map((agent) => agent.usage()));
    return of.flatMap(({ agent, samples }, index) => [
      {
        name: `${mebibytes} MiB of log`,
        runner: agent.name,
        unit: "MiB/s",
        better: "higher",
        samples: samples.map(({ timeline }) => rate(jobMilliseconds(timeline))),
        floor: { name: "the same command by docker run --log-driver none >/dev/null", samples: floor.map(rate) },
        target: { kind: "limit", value: 13 },
      },
      {
        name: "CPU of the agent",
        runner: agent.name,
        unit: "CPU s",
        better: "lower",
        samples: samples.map(({ cpuSeconds }) => cpuSeconds),
        target: { kind: "limit", value: 1.5 },
      },
      {
        name: "peak memory of the agent",
        runner: agent.name,
        unit: "MiB",
        better: "lower",
        samples: [usages[index]?.peakMiB ?? Number.NaN],
        target: { kind: "limit", value: 120 },
      },
    ]);
  },
};

const rate = (ms: number): number => (mebibytes * 1000) / ms;
