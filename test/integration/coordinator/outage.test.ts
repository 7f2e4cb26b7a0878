import "../../support/paper-world.ts";
import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { startFront } from "../../support/coordinator-front.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { leap } from "../../support/leaping-exchange.ts";
import { allLines, startPaperAgent } from "../../support/paper-agent.ts";
import { tempDir } from "../../unit/coordinator/temp-dir.ts";

const minute = 60_000;
const jobCount = 14;
const openFiles = async () => (await readdir("/proc/self/fd")).length;

it("two hours without the coordinator cost no result and no byte of a log, no slot, and nothing that grows", async () => {
  await using coordinator = await startTestCoordinator({ longPollMs: 5 });
  await using front = await startFront(coordinator.url);
  await using agent = await startPaperAgent({
    coordinator,
    url: front.url,
    concurrent: jobCount,
    head: 'listen_address = "127.0.0.1:0"',
  });
  const { clock, lines } = agent;
  const undelivered = async () => {
    const address = /listening on (\S+)/.exec(lines.join(""))?.[1] ?? "";
    const page = await (await fetch(`http://${address}/metrics`)).text();
    return Number(/^longshore_jobs_undelivered (\d+)$/m.exec(page)?.[1]);
  };
  // Job n ends 2 + 10n minutes after its start: the first before the outage, the last after it, all others in it.
  const scripts = Array.from({ length: jobCount }, (_, n) => ({
    lines: n * 10 + 2,
    everySeconds: 60,
    width: n === 5 ? 40_000 : 60,
    exitCode: n % 4 === 3 ? 7 : 0,
  }));
  const jobs = await Promise.all(scripts.map((script) => agent.add(script)));

  await clock.passUntil(5 * minute);
  const states = () => jobs.map(({ state }) => state);
  expect(states().filter((state) => state === "success")).toHaveLength(1);
  front.refuse();
  const callsBefore = leap.calls;
  const files: number[] = [];
  for (const at of [30, 60, 90, 120]) {
    await clock.passUntil(at * minute);
    files.push((await openFiles()) - agent.handle.jobs() * 4);
  }
  const [early = 0, ...later] = files;
  expect(Math.max(...later) - early).toBeLessThanOrEqual(8);
  // A job holds its slot for the patience of job_status_final_update_retry_limit, 8.5 minutes, and no longer.
  await clock.passUntil(123 * minute);
  const waiting = await undelivered();
  expect(waiting + agent.handle.jobs()).toBe(jobCount - 1);
  expect(waiting).toBe(jobCount - 3);
  const perMinute = (leap.calls - callsBefore) / 118;
  expect(perMinute).toBeLessThan(80);

  await clock.passUntil(125 * minute);
  front.open();
  const late = await agent.add({ lines: 1, everySeconds: 1 });
  expect(await clock.pass(31_000, () => late.finished)).toBe(true);
  const resumedMs = clock.monotonic() - 125 * minute;
  expect(await clock.passUntil(125.5 * minute, () => jobs.slice(0, -1).every(({ finished }) => finished))).toBe(true);
  expect(await clock.pass(8 * minute, () => jobs.at(-1)?.finished === true)).toBe(true);
  expect(states()).toEqual(scripts.map(({ exitCode }) => (exitCode === 0 ? "success" : "failed")));
  expect(jobs.map(({ exitCode }) => exitCode)).toEqual(scripts.map(({ exitCode }) => exitCode));
  for (const [index, job] of jobs.entries()) expect(await agent.printed(job)).toEqual(allLines(job, scripts[index]!));
  await clock.pass(minute);
  expect([await undelivered(), await agent.journals()]).toEqual([0, []]);
  expect(resumedMs).toBeLessThanOrEqual(30_000);
  const message = /^.*job 2: its final state.*$/gm;
  expect(lines.join("").match(message)).toHaveLength(2);
});

it("what is not delivered when the agent ends is said, and delivered by its next start", async () => {
  await using coordinator = await startTestCoordinator({ longPollMs: 5 });
  await using front = await startFront(coordinator.url);
  await using directory = await tempDir();
  const options = { coordinator, url: front.url, directory: directory.path };
  const script = { lines: 4, everySeconds: 10, exitCode: 9 };
  await using agent = await startPaperAgent({ ...options, settings: "job_status_final_update_retry_limit = 3" });
  const job = await agent.add(script);
  await agent.clock.passUntil(25_000);
  front.refuse();
  await agent.clock.passUntil(5 * minute);
  await agent.stop();
  expect(agent.lines.join("")).toContain(`not delivered are the final states of 1 jobs (${job.id})`);
  front.open();
  await using next = await startPaperAgent(options);
  expect(await next.clock.pass(minute, () => job.finished)).toBe(true);
  expect([job.failureReason, job.exitCode]).toEqual(["script_failure", 9]);
  expect(await next.printed(job)).toEqual(allLines(job, script));
});
