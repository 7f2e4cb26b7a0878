import { setTimeout } from "node:timers/promises";
import { scriptJob } from "../../test/support/coordinator.ts";
import { type BenchAgent, type LineUp, lineUp } from "../line-up.ts";
import { freePort, metricQuantile, readMetrics } from "../metrics-page.ts";
import { openFiles } from "../process-usage.ts";
import type { RunnerFigure } from "../result.ts";
import type { BenchCase, Site } from "../site.ts";
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
  const samples = sampleUntil(running.signal, agent, port);
  const timelines = await allJobs(agent).finally(() => running.abort());
  const { files, delays } = await samples;
  await agent.settled();
  const { peakMiB } = await agent.usage();
  const figure = { runner: agent.name, better: "lower" } as const;
  const delay: RunnerFigure = {
    ...figure,
    name: "event loop delay, p99",
    unit: "ms",
    of: "worst",
    samples: delays,
    target: { kind: "limit", value: 50 },
  };
  return [
    { ...figure, name: "requests while idle", unit: "per s", samples: [asked] },
    { ...figure, name: "jobs at once", unit: "jobs", better: "higher", samples: [mostAtOnce(timelines)] },
    { ...figure, name: "peak memory", unit: "MiB", samples: [peakMiB], target: { kind: "limit", value: 250 } },
    { ...figure, name: "open files", unit: "files", of: "worst", samples: files },
    ...(delays.length > 0 ? [delay] : []),
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

/** Looks at the process and, where it shows metrics, at its event loop, until the signal. */
async function sampleUntil(signal: AbortSignal, agent: BenchAgent, port: number) {
  const files: number[] = [];
  const delays: number[] = [];
  while (!signal.aborted) {
    files.push(await openFiles(agent.pid));
    const page = await readMetrics(port).catch(() => "");
    const seconds = metricQuantile(page, "longshore_event_loop_delay_seconds", "0.99");
    if (seconds !== null) delays.push(seconds * 1000);
    await setTimeout(sampleMs, undefined, { signal }).catch(() => {});
  }
  return { files, delays };
}
