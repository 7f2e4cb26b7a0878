import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobParts } from "../src/coordinator/embedded/job-record.ts";
import { type Contestant, startAgentProcess } from "./agent-process.ts";
import { ClockSet, toleratedStepMs } from "./clock-set.ts";
import { type AgentSettings, configText } from "./config-text.ts";
import { type BenchCoordinator, startCoordinatorProcess } from "./coordinator.ts";
import { forgetRunner, settled } from "./leftovers.ts";
import { type ProcessUsage, readUsage } from "./process-usage.ts";
import type { Site } from "./site.ts";
import type { JobTimeline } from "./timeline.ts";

/** How a job went, and what it cost the agent. */
export interface MeasuredJob {
  readonly timeline: JobTimeline;
  /** The agent's, from before the job was queued until its final state had arrived. */
  readonly cpuSeconds: number;
  log(): Promise<Buffer>;
}

/** One runner under measurement, working for the line-up's coordinator. */
export interface BenchAgent {
  readonly name: string;
  readonly pid: number;
  /** Queues a job, without waiting for anything. */
  queue(job: JobParts): Promise<number>;
  /** Resolves when it has ended well. */
  ended(id: number): Promise<JobTimeline>;
  /**
   * Runs a job alone, and waits for its containers to be gone: they must not disturb what comes next.
   * @throws ClockSet
   */
  run(job: JobParts): Promise<MeasuredJob>;
  settled(): Promise<void>;
  usage(): Promise<ProcessUsage>;
}

export interface LineUp extends AsyncDisposable {
  readonly coordinator: BenchCoordinator;
  readonly agents: readonly BenchAgent[];
}

export interface LineUpSettings extends AgentSettings {
  /** [[runners]] entries of each agent; default 1. */
  readonly entries?: number;
  /** Default: all. */
  readonly contestants?: readonly Contestant[];
  /** Default "base". */
  readonly image?: keyof Site["images"];
}

const askLimitMs = 60_000;
const jobLimitMs = 900_000;

/** A coordinator and every runner under measurement, each in a process of its own, all asking for work. */
export async function lineUp(site: Site, settings: LineUpSettings = {}): Promise<LineUp> {
  await using started = new AsyncDisposableStack();
  const coordinator = started.use(await startCoordinatorProcess(site.gateway, site.signal));
  const agents: BenchAgent[] = [];
  for (const contestant of settings.contestants ?? site.contestants) {
    agents.push(await startAgent(site, started, coordinator, contestant, settings));
  }
  const all = started.move();
  return { coordinator, agents, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

async function startAgent(
  site: Site,
  owned: AsyncDisposableStack,
  coordinator: BenchCoordinator,
  contestant: Contestant,
  settings: LineUpSettings,
): Promise<BenchAgent> {
  const tags = Array.from({ length: settings.entries ?? 1 }, (_, index) => `${contestant.name}-${index}`);
  const runners = await Promise.all(tags.map((tag) => coordinator.addRunner(tag)));
  const tokens = runners.map((runner) => runner.token);
  const directory = join(site.directory, `${contestant.name}-${tokens[0]?.slice(-8)}`);
  await mkdir(directory);
  const image = site.images[settings.image ?? "base"];
  const { helperImage } = contestant;
  const entries = tokens.map((token, index) => ({
    name: tags[index] ?? "",
    url: coordinator.url,
    token,
    image,
    helperImage,
  }));
  await writeFile(join(directory, "config.toml"), configText(site.address, entries, settings), { mode: 0o600 });
  owned.defer(() => forgetRunner(site.engine, tokens));
  const agent = owned.use(await startAgentProcess(contestant, directory));
  await agent.during(Promise.all(runners.map((runner) => coordinator.asked(runner.id, askLimitMs))));

  let next = 0;
  const queue = (job: JobParts) => coordinator.addJob(job, tags[next++ % tags.length] ?? "");
  const ended = async (id: number) => {
    const timeline = await agent.during(coordinator.ended(id, jobLimitMs));
    if (timeline.state === "success") return timeline;
    const log = Buffer.from(await coordinator.log(id)).toString();
    throw new Error(`a job of ${contestant.name} ended as ${timeline.state}:\n${log.slice(-2_000)}`);
  };
  return {
    name: contestant.name,
    pid: agent.pid,
    queue,
    ended,
    settled: () => settled(site.engine, tokens, site.signal),
    usage: () => readUsage(agent.pid),
    run: async (job) => {
      const before = await readUsage(agent.pid);
      const timeline = await ended(await queue(job));
      await settled(site.engine, tokens, site.signal);
      // What the agent does after the final state is work for the job, too.
      const { cpuSeconds } = await readUsage(agent.pid);
      if (Math.abs(timeline.clockStep) > toleratedStepMs) throw new ClockSet(`by ${timeline.clockStep.toFixed(0)} ms`);
      const log = async () => Buffer.from(await coordinator.log(timeline.id));
      return { timeline, cpuSeconds: cpuSeconds - before.cpuSeconds, log };
    },
  };
}
