import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import { startFront } from "../../support/coordinator-front.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { leap } from "../../support/leaping-exchange.ts";
import { allLines, startPaperAgent } from "../../support/paper-agent.ts";
import type { PaperScript } from "../../support/paper-execute.ts";
import { tempDir } from "../../unit/coordinator/temp-dir.ts";
import type { FaultScene } from "./fault-scenes.ts";

const minute = 60_000;
const faultFromMs = minute / 2;
export const faultMs = 2 * minute;

/** What became of an agent with two jobs while a fault lasted, and after. Times from the fault's end. */
export interface SatOut {
  readonly polledMs: number;
  readonly resultMs: number;
  /** Calls that were tried while the fault lasted. */
  readonly calls: number;
  readonly ends: readonly (readonly [JobHandle["state"], number])[];
  /** For each job, whether every line is there, once and in order, and the log's end too. */
  readonly areWhole: readonly boolean[];
  readonly journals: readonly string[];
  readonly log: string;
}

/** One job ends while the fault lasts, with exit code 3, and one after it. */
const scripts: readonly PaperScript[] = [
  { lines: 5, everySeconds: 10, exitCode: 3 },
  { lines: 18, everySeconds: 10 },
];

export async function sitOut(scene: FaultScene): Promise<SatOut> {
  await using coordinator = await startTestCoordinator({ longPollMs: 5 });
  await using front = await startFront(coordinator.url, scene.tls?.certificate);
  await using directory = await tempDir();
  const ca = join(directory.path, "ca.crt");
  if (scene.tls !== undefined) await writeFile(ca, scene.tls.ca);
  await using agent = await startPaperAgent({
    coordinator,
    url: front.url,
    // Patience of 15 s: the results of what ends meanwhile come late.
    settings: `job_status_final_update_retry_limit = 5\n${scene.tls === undefined ? "" : `tls-ca-file = "${ca}"`}`,
  });
  const { clock } = agent;
  const jobs = await Promise.all(scripts.map((script) => agent.add(script)));
  await clock.passUntil(faultFromMs);
  const callsBefore = leap.calls;
  leap.hangs = scene.hangs ?? null;
  scene.begin(coordinator, front);
  const endsAt = faultFromMs + faultMs;
  await clock.passUntil(endsAt);
  const calls = leap.calls - callsBefore;
  coordinator.faults.clear();
  scene.end?.();
  front.open();
  leap.hangs = null;

  const next = await agent.add({ lines: 1, everySeconds: 1 });
  const isPolled = await clock.pass(5 * minute, () => next.state !== "pending");
  const polledMs = isPolled ? clock.monotonic() - endsAt : Infinity;
  await clock.pass(minute, () => jobs[0]?.finished === true);
  const resultMs = clock.monotonic() - endsAt;
  await clock.pass(10 * minute, () => [...jobs, next].every(({ finished }) => finished));
  await clock.pass(minute);
  const isWhole = async (job: JobHandle, script: PaperScript) => {
    const closing = (await job.readTrace()).toString().match(/Job (succeeded|failed)/g)?.length;
    return closing === 1 && (await agent.printed(job)).join("\n") === allLines(job, script).join("\n");
  };
  return {
    polledMs,
    resultMs,
    calls,
    ends: jobs.map(({ state, exitCode }) => [state, exitCode] as const),
    areWhole: await Promise.all(jobs.map((job, index) => isWhole(job, scripts[index] as PaperScript))),
    journals: await agent.journals(),
    log: agent.lines.join(""),
  };
}

/** A line of a table in Markdown. */
export function row(name: string, { polledMs, resultMs, calls }: SatOut): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return `| ${name} | ${seconds(polledMs)} | ${seconds(resultMs)} | ${calls} |`;
}

export const tableHead =
  "| fault of 2 minutes | polls again after | late result after | calls in it |\n| --- | --- | --- | --- |";
