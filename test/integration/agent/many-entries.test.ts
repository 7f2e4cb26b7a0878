import { channel } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import type { EndedJob } from "../../support/job-runs.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images } from "../../support/engine.ts";

const entries = 50;
/** More than run at a time: the last of them compete with the others. */
const busyJobs = 18;
const others = [3, 11, 19, 24, 31, 38, 42, 49];
const lines = 40;

let coordinator: TestCoordinator;
let agent: TestAgent;
/** Method and kind of every request that reached the coordinator. */
const requests: string[] = [];
const onRequest = (message: unknown) => {
  const { request } = message as { readonly request: IncomingMessage };
  requests.push(`${request.method} ${request.url?.replace(/\?.*|.*\/api\/v4\//g, "").replace(/\d+/g, "N")}`);
};

let began: number;
let ended: readonly { readonly entry: number; readonly marker: string; readonly end: EndedJob }[];

beforeAll(async () => {
  channel("http.server.request.start").subscribe(onRequest);
  coordinator = await startTestCoordinator();
  agent = await startTestAgent({
    coordinator,
    concurrent: 12,
    runners: Array.from({ length: entries }, (_, index) => ({ tag: `entry-${index}`, image: images.tiny })),
  });
  began = Date.now();
  // Each has asked once, and comes again in its turn.
  await vi.waitFor(() => expect(requests.length).toBeGreaterThanOrEqual(entries), 30_000);
  // The busy entry's jobs come first: whoever starves, starves behind them.
  const wanted = [...Array.from({ length: busyJobs }, () => 0), ...others];
  const started = await Promise.all(
    wanted.map(async (entry, index) => {
      const marker = `entry ${entry} job ${index}`;
      const job = await agent.start(
        { script: [`i=0; while [ $i -lt ${lines} ]; do echo "${marker} line $i"; sleep 0.05; i=$((i+1)); done`] },
        `entry-${entry}`,
      );
      return { entry, marker, job };
    }),
  );
  ended = await Promise.all(started.map(async ({ job, ...rest }) => ({ ...rest, end: await agent.ended(job) })));
});

afterAll(async () => {
  channel("http.server.request.start").unsubscribe(onRequest);
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
});

describe("fifty entries and twelve jobs at a time", () => {
  it("end every job, whichever entry it is of", () => {
    expect(ended.map(({ end }) => end.job.state)).toEqual(ended.map(() => "success"));
  });

  it("keep each job's log whole, in order, and free of the others'", () => {
    for (const { marker, end } of ended) {
      const printed = end.log.match(/^entry \d+ job \d+ line \d+$/gm);
      expect(printed).toEqual(Array.from({ length: lines }, (_, line) => `${marker} line ${line}`));
    }
  });

  it("run as many jobs at a time as they may, and no more", () => {
    const times = ended.map(({ end: { job } }) => ({ from: job.startedAt ?? 0, to: job.finishedAt ?? 0 }));
    const beside = times.map(({ from }) => times.filter((other) => other.from <= from && other.to > from).length);
    expect(Math.max(...beside)).toBe(12);
  });

  it("give every entry its job before the busy one has had all of its own", () => {
    const startOf = ({ end }: (typeof ended)[number]) => end.job.startedAt ?? 0;
    const busy = ended.filter(({ entry }) => entry === 0).map(startOf);
    for (const other of ended.filter(({ entry }) => entry !== 0)) {
      expect([other.marker, startOf(other) < Math.max(...busy)]).toEqual([other.marker, true]);
    }
  });

  it("ask no oftener than once in check_interval each, and once more for every job", () => {
    const rounds = Math.ceil((Date.now() - began) / 3000) + 2;
    const asked = requests.filter((request) => request === "POST jobs/request");
    expect(asked.length).toBeLessThanOrEqual(entries * rounds + 2 * ended.length);
    const states = requests.filter((request) => request === "PUT jobs/N");
    // Accepted, ended, and touched now and then.
    expect(states.length).toBeLessThanOrEqual(ended.length * 12);
  });
});
