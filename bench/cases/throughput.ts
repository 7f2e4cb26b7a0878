import { bareContainer, dockerRunName } from "../floors.ts";
import { trueJob } from "../jobs.ts";
import { type BenchAgent, lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase, Site } from "../site.ts";

const jobs = 30;
const atOnce = 6;

export const throughput: BenchCase = {
  name: "throughput",
  title: `${jobs} jobs of \`true\` queued at once, concurrent = ${atOnce}`,
  measure: async (site) => {
    await using field = await lineUp(site, { concurrent: atOnce });
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 3,
      warmUp: false,
      floor: () => bareRate(site),
      work: jobRate,
    });
    const peaks = await Promise.all(field.agents.map((agent) => agent.usage()));
    return of.flatMap(({ agent, samples }, index) => [
      {
        name: "first accepted to last final state",
        runner: agent.name,
        unit: "jobs/min",
        better: "higher",
        samples,
        floor: { name: `${jobs} x ${dockerRunName}, ${atOnce} at a time`, samples: floor },
        target: { kind: "limit", value: 110 },
      },
      {
        name: "peak memory of the agent",
        runner: agent.name,
        unit: "MiB",
        better: "lower",
        samples: [peaks[index]?.peakMiB ?? Number.NaN],
      },
    ]);
  },
};

async function jobRate(agent: BenchAgent): Promise<number> {
  const ids = await Promise.all(Array.from({ length: jobs }, () => agent.queue(trueJob)));
  const timelines = await Promise.all(ids.map((id) => agent.ended(id)));
  const first = Math.min(...timelines.map((timeline) => timeline.assigned));
  const last = Math.max(...timelines.map((timeline) => timeline.finished));
  await agent.settled();
  return perMinute(last - first);
}

async function bareRate(site: Site): Promise<number> {
  const startedAt = performance.now();
  let left = jobs;
  const worker = async () => {
    while (left-- > 0) await bareContainer(site);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return perMinute(performance.now() - startedAt);
}

const perMinute = (ms: number): number => (jobs * 60_000) / ms;
