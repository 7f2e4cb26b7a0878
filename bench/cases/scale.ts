import { setTimeout } from "node:timers/promises";
import { scriptJob } from "../../test/support/coordinator.ts";
import { type BenchAgent, type LineUp, lineUp } from "../line-up.ts";
import { freePort, metricQuantile, readMetrics } from "../metrics-page.ts";
import { openFiles } from "../process-usage.ts";
import type { RunnerFigure } from "../result.ts";
import { type BenchCase, ourName, type Site } from "../site.ts";
import { mostAtOnce } from "../timeline.ts";

const entries = 50;
const idleMs = 30_000;
const sampleMs = 500;
/** Long enough that the last has started before the first ends, on a machine that starts three in a second. */
const lines = 60;
const job = scriptJob({ script: [`for line in $(seq ${lines}); do echo "line $line of ${lines}"; sleep 1; done`] });

export const scale: BenchCase = {
  name: "scale",
  title: `one agent with ${entries} [[runners]] entries and as many jobs at once, each printing a line a second`,
  measure: async (site) => {
    const figures: RunnerFigure[] = [];
    for (const contestant of site.contestants) {
      const port = await freePort();
      const global = `listen_address = "127.0.0.1:${port}"`;
      await using field = await lineUp(site, { entries, concurrent: entries, global, contestants: [contestant] });
      for (const agent of field.agents) figures.push(...(await measureAgent(site, field, agent, port)));
    }
    return figures;
  },
};

async function measureAgent(site: Site, field: LineUp, agent: BenchAgent, port: number): Promise<RunnerFigure[]> {
  site.say(`${agent.name}: ${entries} entries, idle`);
  const asked = await idleRequests(field, site.signal);
  site.say(`${agent.name}: ${entries} jobs`);
  const running = new AbortController();
  const samples = filesUntil(running.signal, agent);
  // The metric tells of the time since it was last asked for.
  await loopDelays(port);
  const timelines = await allJobs(agent).finally(() => running.abort());
  const delays = await loopDelays(port);
  const files = await samples;
  if (delays === null && agent.name === ourName) throw new Error("the agent's metrics page does not answer");
  await agent.settled();
  const { peakMiB } = await agent.usage();
  const figure = { runner: agent.name, better: "lower" } as const;
  return [
    { ...figure, name: "requests while idle", unit: "per s", samples: [asked] },
    {
      ...figure,
      name: "jobs at once",
      unit: "jobs",
      better: "higher",
      samples: [mostAtOnce(timelines)],
      target: limit(entries),
    },
    { ...figure, name: "peak memory", unit: "MiB", samples: [peakMiB], target: limit(250) },
    { ...figure, name: "open files", unit: "files", of: "worst", samples: files },
    ...(delays === null
      ? []
      : ([
          { ...figure, name: "event loop delay, p99", unit: "ms", samples: [delays.p99], target: limit(50) },
          { ...figure, name: "event loop delay, longest", unit: "ms", samples: [delays.longest] },
        ] as const)),
  ];
}

async function idleRequests({ coordinator }: LineUp, signal: AbortSignal): Promise<number> {
  const total = async () => Object.values(await coordinator.requests()).reduce((sum, count) => sum + count, 0);
  const before = await total();
  await setTimeout(idleMs, undefined, { signal });
  return ((await total()) - before) / (idleMs / 1000);
}

async function allJobs(agent: BenchAgent) {
  const ids = await Promise.all(Array.from({ length: entries }, () => agent.queue(job)));
  return Promise.all(ids.map((id) => agent.ended(id)));
}

const limit = (value: number) => ({ kind: "limit", value }) as const;

/** In milliseconds; null for an agent that has no such metric. */
async function loopDelays(port: number): Promise<{ readonly p99: number; readonly longest: number } | null> {
  const page = await readMetrics(port).catch(() => "");
  const [p99, longest] = ["0.99", "1"].map((quantile) =>
    metricQuantile(page, "longshore_event_loop_delay_seconds", quantile),
  );
  return p99 == null || longest == null ? null : { p99: p99 * 1000, longest: longest * 1000 };
}

/** Looks again and again at how many files the process holds open, until the signal. */
async function filesUntil(signal: AbortSignal, agent: BenchAgent): Promise<number[]> {
  const files: number[] = [];
  while (!signal.aborted) {
    files.push(await openFiles(agent.pid));
    await setTimeout(sampleMs, undefined, { signal }).catch(() => {});
  }
  return files;
}
