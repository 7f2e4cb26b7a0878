import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobHandle } from "../../../src/coordinator/embedded/job-record.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { containersOf, execute, images } from "../../support/engine.ts";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";

let disk: SmallDisk;
let coordinator: TestCoordinator;

beforeEach(async () => {
  disk = await mountSmallDisk();
  coordinator = await startTestCoordinator();
});
afterEach(async () => {
  await coordinator[Symbol.asyncDispose]();
  await disk[Symbol.asyncDispose]();
});

const lines = 60_000;
/** Prints more than what the agent keeps in memory, when it is told to. */
const script = [
  "echo has begun",
  "while [ ! -e /tmp/go ]; do sleep 0.1; done",
  `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo line $i; done`,
];

/** An agent whose disk is full, and a job of it that goes on printing then. */
async function printsIntoFullDisk(diskPatienceMs: number): Promise<{ agent: TestAgent; job: JobHandle }> {
  const { directory } = disk;
  const agent = await startTestAgent({ coordinator, directory, runners: [{ image: images.tiny }], diskPatienceMs });
  const job = await agent.start({ script });
  await agent.shows(job, "has begun");
  await disk.fill();
  const [build = ""] = await containersOf(agent.engine, agent.agentId, job.id, "build");
  await execute(agent.engine, build, "touch", "/tmp/go");
  return { agent, job };
}

async function journals(agent: TestAgent): Promise<readonly string[]> {
  return readdir(join(disk.state, agent.agentId, "jobs"));
}

const said = (agent: TestAgent, text: string) =>
  expect.poll(() => agent.lines.join(""), { timeout: 60_000 }).toContain(text);

describe("a disk that fills up under a job", () => {
  it("makes its script wait, and loses nothing of its log, when there is room again in time", async () => {
    const { agent, job } = await printsIntoFullDisk(60_000);
    await using _ = agent;
    await said(agent, `job ${job.id}: The job's log can't be kept on disk: ENOSPC`);
    await said(agent, "Runner asks for no jobs: the agent's state directory ");
    await disk.free();
    const { log } = await agent.ended(job);
    expect(job.state).toBe("success");
    const numbers = [...log.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: lines }, (_unused, index) => index + 1));
    await said(agent, `job ${job.id}: its log is written again, whole`);
    await said(agent, "Runner asks for jobs again");
    await expect.poll(() => journals(agent), { timeout: 60_000 }).toEqual([]);
  });

  it("ends the job with the reason, in its log too, when nobody makes room; and no job is taken until somebody does", async () => {
    const { agent, job } = await printsIntoFullDisk(1_500);
    await using _ = agent;
    const { log } = await agent.ended(job);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).toMatch(
      /ERROR: Job failed \(system failure\): The job's log can't be kept on disk: ENOSPC.*, and there was no room for 2 s\n/,
    );
    expect(log).toContain("Free space in the agent's state directory");
    const numbers = [...log.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));
    expect(numbers.length).toBeGreaterThan(10_000);
    expect(numbers).toEqual(numbers.map((_unused, index) => index + 1));

    await said(agent, "Runner asks for no jobs: the agent's state directory ");
    const pending = await agent.start({ script: ["echo there is room"] });
    await expect.poll(() => journals(agent), { timeout: 60_000 }).toEqual([]);
    expect(pending.state).toBe("pending");
    await disk.free();
    expect((await agent.ended(pending)).log).toContain("there is room");
  });
});
