import { appendFile, readdir } from "node:fs/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { CoordinatorClient } from "../../../src/coordinator/client.ts";
import { LateDeliveries, type LateJob } from "../../../src/executor/late-deliveries.ts";
import { createLog } from "../../../src/support/log.ts";
import { LeapingClock } from "../../support/leaping-clock.ts";
import { type TempDir, tempDir } from "../coordinator/temp-dir.ts";
import { StrictJobApi } from "../trace/strict-job-api.ts";

let directory: TempDir;
beforeEach(async () => {
  directory = await tempDir();
});
afterEach(async () => {
  await directory[Symbol.asyncDispose]();
});

function bench() {
  const clock = new LeapingClock();
  const apis = new Map<number, StrictJobApi>();
  const api = (id: number) => apis.get(id) ?? apis.set(id, new StrictJobApi()).get(id)!;
  const client = { jobApi: (id: number) => api(id) } as unknown as CoordinatorClient;
  const lines: string[] = [];
  const counts: number[] = [];
  const stopping = new AbortController();
  const late = new LateDeliveries({
    clock,
    log: createLog({ level: "info", format: "runner", write: (line) => lines.push(line), colour: false }),
    stopping: stopping.signal,
    client: (job) => job.client,
    metrics: { undelivered: (count) => counts.push(count) },
  });
  const settled: (readonly [number, boolean])[] = [];
  const deliver = async (id: number, runner = "short") => {
    const spoolPath = `${directory.path}/${id}`;
    await appendFile(spoolPath, `log of ${id}`);
    const update = { state: "success", failureReason: "", exitCode: 0 } as const;
    const job: LateJob = { id, token: "t", runner, client, spoolPath, debugTrace: false, acknowledged: 0, update };
    void late.deliver(job).then((isReported) => settled.push([id, isReported]));
  };
  return { clock, api, lines, counts, stopping, settled, deliver };
}

const away = (api: StrictJobApi) => {
  for (let count = 0; count < 100_000; count++) api.patchFaults.push("5xx");
};

it("a coordinator that is back after hours gets every log and end, within a pause, and the log says it once", async () => {
  const { clock, api, settled, deliver, lines, counts } = bench();
  for (const id of [1, 2]) {
    away(api(id));
    await deliver(id);
  }
  await clock.pass(2 * 3_600_000);
  expect(settled).toEqual([]);
  // Every 15 s and never faster.
  expect(api(1).patches.length).toBeLessThanOrEqual(481);
  for (const id of [1, 2]) api(id).patchFaults.length = 0;
  await clock.pass(16_000);
  expect(settled).toHaveLength(2);
  expect([1, 2].map((id) => [api(id).stored.toString(), api(id).accepted?.state])).toEqual([["log of 1", "success"], ["log of 2", "success"]]); // prettier-ignore
  expect(lines.filter((line) => line.includes("job 1:"))).toHaveLength(2);
  expect(lines.join("")).toMatch(/job 1: its final state was delivered, after another 2h0m/);
  expect(counts).toEqual([1, 2, 1, 0]);
});

it("hundreds of waiting jobs have four open at a time, and one that fails for itself keeps none back", async () => {
  const { clock, api, settled, deliver } = bench();
  const filesBefore = (await readdir("/proc/self/fd")).length;
  for (let id = 1; id <= 200; id++) {
    away(api(id));
    await deliver(id);
  }
  await clock.pass(60_000);
  expect((await readdir("/proc/self/fd")).length - filesBefore).toBeLessThanOrEqual(6);
  for (let id = 2; id <= 200; id++) api(id).patchFaults.length = 0;
  await clock.pass(60_000);
  expect(settled).toHaveLength(199);
});

it("an end that is refused is tried once a minute, keeps no slot of the row, and is left alone after a day", async () => {
  const { clock, api, settled, deliver, lines } = bench();
  for (const id of [1, 2, 3, 4]) {
    api(id).updateJob = async () => ({ kind: "failed", refused: true, reason: "400", signal: "none", updateIntervalMs: null }); // prettier-ignore
    await deliver(id);
  }
  await clock.pass(5000);
  await deliver(5);
  await clock.pass(1000);
  expect(settled).toEqual([[5, true]]);
  await clock.pass(24 * 3_600_000 - 60_000);
  expect(settled).toHaveLength(1);
  await clock.pass(120_000);
  expect(settled.slice(1).toSorted(([a], [b]) => a - b)).toEqual([1, 2, 3, 4].map((id) => [id, false]));
  expect(lines.join("")).toMatch(/job 1: its final state has been refused for a day: .*400/);
});

it("logs that the coordinator still checks (202) keep no other job back, and the warning says what is waited for", async () => {
  const { clock, api, settled, deliver, lines } = bench();
  for (const id of [1, 2, 3, 4]) {
    for (let count = 0; count < 1000; count++) api(id).updateFaults.push("not-completed");
    await deliver(id);
  }
  await clock.pass(100);
  await deliver(5);
  await clock.pass(1000);
  expect(settled).toEqual([[5, true]]);
  await clock.pass(3_600_000);
  // Every 15 s and never faster.
  expect(api(1).updates.length).toBeLessThanOrEqual(242);
  expect(lines.filter((line) => /job 1: its final state waits for the coordinator: .*202/.test(line))).toHaveLength(1);
  for (const id of [1, 2, 3, 4]) api(id).updateFaults.length = 0;
  await clock.pass(16_000);
  expect(settled).toHaveLength(5);
});

it("what waits when the agent ends is said, and left to the next start", async () => {
  const { clock, api, settled, deliver, lines, stopping } = bench();
  for (let id = 1; id <= 30; id++) {
    away(api(id));
    await deliver(id);
  }
  await clock.pass(20_000);
  stopping.abort(new Error("the agent ends"));
  await clock.pass(1000);
  expect(settled.map(([, isReported]) => isReported)).toEqual(Array.from({ length: 30 }, () => false));
  expect(lines.at(-1)).toMatch(/not delivered are the final states of 30 jobs \(1, 2, .*, 20, ...\); the agent's next start/); // prettier-ignore
});
