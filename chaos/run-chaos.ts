import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sweep } from "../src/docker/sweep.ts";
import { agentLabel } from "../src/job/labels.ts";
import { diceOf } from "./dice.ts";
import { feed } from "./feeder.ts";
import { KillableAgent } from "./killable-agent.ts";
import { Ledger, type LedgerEntry } from "./ledger.ts";
import { quiet } from "./quiet.ts";
import { openSite, type ChaosSite } from "./site.ts";
import { rage } from "./storm.ts";
import { Tally } from "./tally.ts";
import { judgeJob, type Verdict } from "./verdict.ts";

export interface ChaosResult {
  readonly seed: number;
  readonly seconds: number;
  readonly jobs: readonly { readonly entry: LedgerEntry; readonly verdict: Verdict }[];
  /** How often what was done to the three. */
  readonly done: Readonly<Record<string, number>>;
  /** Objects and files, one line each. */
  readonly left: readonly string[];
  /** What is wrong beside the jobs, one line each. */
  readonly problems: readonly string[];
  /** Where logs and journals are kept; null when nothing was wrong and nobody wanted them. */
  readonly directory: string | null;
}

const concurrent = 4;
/** One more, so that an agent that has room never waits for it. */
const atOnce = 5;
/** Of the whole time, for the jobs that are under way when the storm is over. */
const quietMs = 45_000;
const sweepLimitMs = 60_000;

/** One storm of so many minutes, and what came of it. */
export async function runChaos(options: {
  readonly minutes: number;
  readonly seed: number;
  readonly keep: boolean;
  /** Ends the storm early; the wait for quiet comes nevertheless. */
  readonly signal: AbortSignal;
}): Promise<ChaosResult> {
  const { seed, signal } = options;
  const startedAt = performance.now();
  await using site = await openSite({ concurrent, entries: "every wiring" });
  const problems: string[] = [];
  const ledger = new Ledger(site.coordinator);
  const tally = new Tally();
  const agent = new KillableAgent(site.agentFiles, (how) => {
    problems.push(`the agent ended by itself: ${how}`);
    site.note(`the agent ended by itself: ${how}`);
    void agent.start();
  });
  let left: readonly string[];
  try {
    await agent.start();
    const over = AbortSignal.any([signal, AbortSignal.timeout(options.minutes * 60_000 - quietMs)]);
    await Promise.all([
      feed(site, ledger, diceOf(seed, "jobs"), atOnce, over),
      rage({ site, agent, tally, signal: over }, seed),
    ]);
    site.note("the storm is over");
    left = await quiet(site, agent, ledger, quietMs);
  } finally {
    await agent.kill();
    await sweep(site.engine, [`${agentLabel}=${site.agentId}`], AbortSignal.timeout(sweepLimitMs));
  }

  const handedOut = ledger.entries.filter(({ counts }) => counts.assigned > 0);
  const secrets = handedOut.flatMap(({ chaos }) => chaos.secrets);
  const jobs = await Promise.all(
    handedOut.map(async (entry) => {
      const raw = (await entry.handle.readTrace()).toString();
      const verdict = judgeJob(entry, raw, site.finalWords.of(entry.handle.id), secrets);
      return { entry, verdict };
    }),
  );
  problems.push(...(await inAgentLog(site, secrets)));
  const refused = tally.of("coordinator answers: log refused");
  if (ledger.traceResets > refused)
    problems.push(
      `${ledger.traceResets} logs were not what the agent said they were; ${refused} were refused on purpose`,
    );
  const isBad = problems.length + left.length > 0 || jobs.some(({ verdict }) => verdict.problems.length > 0);
  if (isBad || options.keep) await keepLogs(site, jobs);
  return {
    seed,
    seconds: (performance.now() - startedAt) / 1000,
    jobs,
    done: tally.counts,
    left,
    problems,
    directory: isBad || options.keep ? site.directory : null,
  };
}

/** The agent's own log has no secret of a job in it either. */
async function inAgentLog({ agentFiles }: ChaosSite, secrets: readonly string[]): Promise<string[]> {
  const text = await readFile(agentFiles.logFile, "utf8");
  const shown = secrets.filter((secret) => text.includes(secret)).length;
  return shown === 0 ? [] : [`${shown} masked values are in the agent's own log`];
}

async function keepLogs(site: ChaosSite, jobs: ChaosResult["jobs"]): Promise<void> {
  site.keepDirectory();
  const logs = join(site.directory, "logs");
  await mkdir(logs, { recursive: true });
  for (const { entry, verdict } of jobs) {
    const { handle, chaos } = entry;
    await writeFile(join(logs, `${handle.id}.log`), await handle.readTrace());
    if (verdict.problems.length === 0 && verdict.outcome === "as expected") continue;
    const expected = [...chaos.expected].map(([, lines]) => lines.join("\n")).join("\n");
    await writeFile(join(logs, `${handle.id}.expected`), `${expected}\n`);
    await writeFile(join(logs, `${handle.id}.verdict`), `${chaos.kind}\n${JSON.stringify(verdict, null, 1)}\n`);
  }
}
