import { rm } from "node:fs/promises";
import type { RunnerConfig } from "../config/schema.ts";
import type { CoordinatorClient } from "../coordinator/client.ts";
import { shortToken } from "../coordinator/token.ts";
import { sweep, sweepComposeProject } from "../docker/sweep.ts";
import { reportedReason } from "../job/failure-reason.ts";
import { ownFilters } from "../job/labels.ts";
import { type SalvagedJob, salvageJob } from "../journal/salvage.ts";
import { setAside } from "../journal/set-aside.ts";
import { messageOf } from "../support/errors.ts";
import { closeLeftLog } from "../trace/left-log.ts";
import { TraceSpool } from "../trace/spool.ts";
import type { AgentContext } from "./agent-context.ts";
import { removeUntilGone } from "./removal.ts";
import { takeBackUploads } from "./upload-note.ts";

const endMessage =
  "Job failed (system failure): the runner was restarted, and what it had kept of the job can't be used";
/** Where an earlier start's message is looked for: far more than it is long. */
const longestEndBytes = 16_384;

/** One [[runners]] entry at work. */
export interface ServingEntry {
  readonly runner: RunnerConfig;
  readonly client: CoordinatorClient;
}

/**
 * Ends a job of an earlier run whose journal can't be used: the coordinator is told that it failed, where its id and
 * token are still to be read, rather than left to wait for it; what the job made is removed, where labels name it. The
 * journal goes then, or is set aside when nothing more can be done with it.
 */
export async function endUnreadable(
  agent: AgentContext,
  path: string,
  error: Error,
  entries: readonly ServingEntry[],
): Promise<void> {
  const { log } = agent;
  const found = await salvageJob(path);
  const job = found.jobId ?? 0;
  const own = ownersOf(found, entries);
  const filters = filtersOf(agent.agentId, found, own);
  const [reported, problems] = await Promise.all([
    report(agent, found, own[0], messageOf(error.cause ?? error)).catch((fault: unknown) => {
      log.error({ job, err: fault }, `job ${job} of an earlier run could not be reported: ${messageOf(fault)}`);
      return "later" as const;
    }),
    filters.length === 0
      ? ["nothing says what is its own"]
      : removeUntilGone(agent, (signal) => removeLabelled(agent, found, filters, own, signal)),
  ]);
  for (const problem of problems) log.warn({ job }, `leftovers of job ${job}: ${problem}`);
  if (reported === "later") return;
  await takeBackUploads(agent, own[0]?.runner.cache ?? null, path);
  if (reported === "done" && problems.length === 0) return rm(path, { recursive: true, force: true });
  const aside = await setAside(path);
  log.warn({ job, path: aside }, `the journal of job ${job} is of no more use, and is kept aside for a week`);
}

/** Who took the job; where that isn't known, all for its coordinator, each of which may speak of it with its token. */
function ownersOf({ runner, serverUrl }: SalvagedJob, entries: readonly ServingEntry[]): readonly ServingEntry[] {
  const taker = entries.filter((entry) => runner !== null && shortToken(entry.runner.token) === runner);
  if (taker.length > 0) return taker;
  const urls = new Set(entries.map((entry) => plain(entry.runner.url)));
  if (serverUrl !== null) return entries.filter((entry) => plain(entry.runner.url) === plain(serverUrl));
  return urls.size === 1 ? entries : [];
}

function plain(url: string): string {
  return url.replace(/\/+$/, "");
}

/** "never": nothing can be said to anybody. "later": the next start tries again. */
async function report(
  agent: AgentContext,
  { jobId, token, knownReasons, spoolPath }: SalvagedJob,
  owner: ServingEntry | undefined,
  why: string,
): Promise<"done" | "later" | "never"> {
  if (jobId === null || token === null || owner === undefined) {
    agent.log.error({ job: jobId }, `job ${jobId ?? "?"} of an earlier run can't be reported: nothing says to whom`);
    return "never";
  }
  await sayOnce(spoolPath, why);
  const failureReason = reportedReason("runner_system_failure", knownReasons);
  const isReported = await agent.late.deliver({
    id: jobId,
    token,
    runner: shortToken(owner.runner.token),
    client: owner.client,
    spoolPath,
    debugTrace: false,
    acknowledged: 0,
    update: { state: "failed", failureReason, exitCode: 0 },
  });
  if (!isReported) return "later";
  agent.log.info({ job: jobId }, `job ${jobId} of an earlier run was ended`);
  return "done";
}

/** Ends the log with the reason. No journal can tell whether an earlier start did so: the log itself must. */
async function sayOnce(spoolPath: string, why: string): Promise<void> {
  const spool = await TraceSpool.open(spoolPath);
  let end: Buffer;
  try {
    end = await spool.read(Math.max(0, spool.size - longestEndBytes), longestEndBytes);
  } finally {
    await spool.close();
  }
  if (!end.includes(endMessage))
    await closeLeftLog(spoolPath, `\n\u001B[31;1mERROR: ${endMessage}: ${why}\u001B[0;m\n`);
}

/** Of each entry that may have taken the job, the labels of what it made then. */
function filtersOf(agentId: string, { jobId, boot, runner }: SalvagedJob, owners: readonly ServingEntry[]): string[][] {
  if (boot === null || jobId === null) return [];
  const takers = runner === null ? owners.map((entry) => shortToken(entry.runner.token)) : [runner];
  return [...new Set(takers)].map((taker) => ownFilters(agentId, boot, jobId, taker));
}

async function removeLabelled(
  agent: AgentContext,
  { composeProject }: SalvagedJob,
  filters: readonly (readonly string[])[],
  entries: readonly ServingEntry[],
  signal: AbortSignal,
): Promise<string[]> {
  const daemons = new Set(
    await Promise.all(entries.map(async ({ runner }) => (await agent.daemons.get(runner.docker, signal)).engine)),
  );
  const removals = [...daemons].map(async (engine) => [
    ...(await Promise.all(filters.map((labels) => sweep(engine, labels, signal)))).flat(),
    ...(composeProject === "" ? [] : await sweepComposeProject(engine, composeProject, signal)),
  ]);
  return (await Promise.all(removals)).flat();
}
