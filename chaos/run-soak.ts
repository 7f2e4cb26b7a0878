import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sweep } from "../src/docker/sweep.ts";
import { agentLabel } from "../src/job/labels.ts";
import type { JobHandle } from "../src/coordinator/embedded/job-record.ts";
import { scriptJob } from "../test/support/coordinator.ts";
import { containersOf, images } from "../test/support/engine.ts";
import { diceOf } from "./dice.ts";
import { KillableAgent } from "./killable-agent.ts";
import { Ledger } from "./ledger.ts";
import { type MemorySample, sampleMemory } from "./memory.ts";
import { quiet } from "./quiet.ts";
import { type ChaosSite, filesLeft, openSite } from "./site.ts";
import { type Kill, soakJob } from "./soak-jobs.ts";
import { Tally } from "./tally.ts";
import { judgeJob } from "./verdict.ts";

export interface SoakResult {
  readonly seconds: number;
  /** How many of which kind; "container killed", "canceled" and "aborted" are those that were killed. */
  readonly jobs: Readonly<Record<string, number>>;
  /** One after each job. */
  readonly samples: readonly MemorySample[];
  /** Objects and files, one line each. */
  readonly left: readonly string[];
  readonly problems: readonly string[];
}

const jobLimitMs = 90_000;
const lookEveryMs = 20;
const quietLimitMs = 60_000;

/** So many jobs one after another in one agent, a tenth of them killed. */
export async function runSoak(options: {
  readonly jobs: number;
  readonly seed: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<SoakResult> {
  const startedAt = performance.now();
  // Room for two, so that the agent asks for the next job while one runs. The memory options are the launcher's (bin/longshore).
  const probe = join(import.meta.dirname, "memory-probe.ts");
  const nodeArguments = ["--max-semi-space-size=2", "--expose-gc", "--import", probe];
  await using site = await openSite({ concurrent: 2, entries: "one", nodeArguments });
  const socket = join(site.directory, "memory.sock");
  const problems: string[] = [];
  const environment = { LONGSHORE_MEMORY_PROBE: socket, MALLOC_ARENA_MAX: "2" };
  const agent = new KillableAgent({ ...site.agentFiles, environment }, (how) => {
    problems.push(`the agent ended by itself: ${how}`);
  });
  const ledger = new Ledger(site.coordinator);
  const tally = new Tally();
  const dice = diceOf(options.seed, "soak");
  const samples: MemorySample[] = [];
  let left: readonly string[];
  try {
    await agent.start();
    for (let number = 1; number <= options.jobs && agent.isRunning && !options.signal.aborted; number++) {
      const { job, kill } = soakJob(dice, images);
      tally.add(kill ?? job.kind);
      const handle = await site.coordinator.addJob(scriptJob(job.script));
      ledger.add(job, handle);
      if (kill !== null) await killWhenItPrints(site, handle, kill);
      await site.coordinator.waitFor(handle.id, "finished", AbortSignal.timeout(jobLimitMs));
      await filesGone(site);
      samples.push(await sampleMemory(socket));
      if (number % 50 === 0) options.say(`${number} jobs`);
    }
    left = await quiet(site, agent, ledger, quietLimitMs);
  } finally {
    await agent.kill();
    await sweep(site.engine, [`${agentLabel}=${site.agentId}`], AbortSignal.timeout(quietLimitMs));
  }
  for (const entry of ledger.entries) {
    const raw = (await entry.handle.readTrace()).toString();
    const { problems: found, outcome } = judgeJob(entry, raw, site.finalWords.of(entry.handle.id), []);
    const unexpected = outcome === "as expected" ? [] : [outcome];
    for (const problem of [...found, ...unexpected])
      problems.push(`job ${entry.handle.id} (${entry.chaos.kind}): ${problem}`);
  }
  return { seconds: (performance.now() - startedAt) / 1000, jobs: tally.counts, samples, left, problems };
}

async function killWhenItPrints(
  { coordinator, engine, agentId }: ChaosSite,
  job: JobHandle,
  kill: Kill,
): Promise<void> {
  const limit = AbortSignal.timeout(jobLimitMs);
  for (let seen = -1; !(await job.readTrace()).includes("~O:1:");) {
    const size = seen;
    await coordinator.waitFor(job.id, (current) => current.finished || current.traceSize !== size, limit);
    if (job.finished) return;
    seen = job.traceSize;
  }
  if (kill === "container killed") {
    const [build = ""] = await containersOf(engine, agentId, job.id, "build");
    await engine.getContainer(build).kill({ signal: "SIGKILL" });
    return;
  }
  coordinator.cancel(job.id);
  if (kill === "aborted") coordinator.cancel(job.id);
}

/** The job is over for the agent, too. */
async function filesGone(site: ChaosSite): Promise<void> {
  const limit = AbortSignal.timeout(jobLimitMs);
  while ((await filesLeft(site)).length > 0) await pause(lookEveryMs, undefined, { signal: limit });
}
