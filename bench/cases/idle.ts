import { setTimeout } from "node:timers/promises";
import { lineUp } from "../line-up.ts";
import type { BenchCase } from "../site.ts";

const settleMs = 10_000;
const watchMs = 30_000;

export const idle: BenchCase = {
  name: "idle",
  title: `memory and CPU of an agent that waits for work, over ${watchMs / 1000} s`,
  measure: async (site) => {
    await using field = await lineUp(site);
    const { signal } = site;
    await setTimeout(settleMs, undefined, { signal });
    const watched = field.agents.map((agent) => ({ agent, memory: [] as number[], cpu: [] as number[] }));
    for (let round = 1; round <= (site.runs ?? 1); round++) {
      site.say(`watching for ${watchMs / 1000} s`);
      const before = await Promise.all(watched.map(({ agent }) => agent.usage()));
      const startedAt = performance.now();
      await setTimeout(watchMs, undefined, { signal });
      const seconds = (performance.now() - startedAt) / 1000;
      for (const [index, { agent, memory, cpu }] of watched.entries()) {
        const usage = await agent.usage();
        memory.push(usage.residentMiB);
        cpu.push(((usage.cpuSeconds - (before[index]?.cpuSeconds ?? Number.NaN)) / seconds) * 100);
      }
    }
    return watched.flatMap(({ agent, memory, cpu }) => [
      {
        name: "memory",
        runner: agent.name,
        unit: "MiB",
        better: "lower",
        samples: memory,
        target: { kind: "limit", value: 90 },
      },
      {
        name: "CPU",
        runner: agent.name,
        unit: "%",
        better: "lower",
        samples: cpu,
        target: { kind: "limit", value: 0.3 },
      },
    ]);
  },
};
