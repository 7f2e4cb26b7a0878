import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { processWorld } from "../../../src/custom/caller-life.ts";
import { reapOthers } from "../../../src/custom/reap.ts";
import { Session, type SessionFacts } from "../../../src/custom/session.ts";
import type { JobPlan } from "../../../src/job/plan.ts";
import { type Clock, systemClock } from "../../../src/support/clock.ts";

const plan = {} as unknown as JobPlan;
let root: string;
let sessions: string;
let facts: SessionFacts;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  sessions = join(root, "sessions");
  facts = {
    jobId: 7,
    boot: "0123456789ab",
    agentId: "agent",
    docker: { host: `unix://${root}/docker.sock`, tls_verify: false, tls_cert_path: "" },
    daemonId: "daemon",
    composeProject: "",
    directory: join(root, "gone"),
    deadline: Date.now() + 60_000,
    world: await processWorld(),
    ancestors: [],
    calls: 2,
    state: "prepared",
    helper: "",
    build: "",
    startsShell: false,
    runs: 0,
    coordinator: { url: "", caFile: "", certFile: "", keyFile: "", certsDir: "" },
  };
});

afterEach(() => rm(root, { recursive: true }));

it("a dead job that another call removes first is nothing to warn of", async () => {
  const dead = await Session.create(sessions, facts, plan);
  const own = await Session.create(sessions, { ...facts, directory: join(root, "own") }, plan);
  let looks = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => {
      // When it is found, and before it is locked.
      if (++looks === 2) rmSync(dead.path, { recursive: true });
      return Date.now();
    },
  };
  expect(await reapOthers(sessions, own, clock, AbortSignal.timeout(5000))).toEqual([]);
  expect(looks).toBe(2);
});

it("a job on another machine's daemon is left to that machine, even when its time is over", async () => {
  await Session.create(sessions, { ...facts, daemonId: "another's", deadline: Date.now() - 60_000 }, plan);
  const own = await Session.create(sessions, { ...facts, directory: join(root, "own") }, plan);
  // Nobody listens there, so whoever tried would say so.
  expect(await reapOthers(sessions, own, systemClock, AbortSignal.timeout(5000))).toEqual([]);
  expect(await Session.list(sessions)).toHaveLength(2);
});

it("what is kept of a job on a daemon that nobody has cared for in a week goes, its secrets with it", async () => {
  const deadline = Date.now() - 8 * 24 * 3_600_000;
  await Session.create(sessions, { ...facts, daemonId: "replaced", deadline }, plan);
  const own = await Session.create(sessions, { ...facts, directory: join(root, "own") }, plan);
  expect(await reapOthers(sessions, own, systemClock, AbortSignal.timeout(5000))).toEqual([]);
  expect((await Session.list(sessions)).map(({ path }) => path)).toEqual([own.path]);
});
