import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ancestors, inCommon, processWorld } from "../../../src/custom/caller-life.ts";
import { isOver } from "../../../src/custom/session-life.ts";
import { Session, type SessionFacts } from "../../../src/custom/session.ts";
import type { JobPlan } from "../../../src/job/plan.ts";

let root: string;
let facts: SessionFacts;
const plan = { jobId: 7, masks: ["a secret"] } as unknown as JobPlan;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const directory = join(root, "custom-executor1");
  await mkdir(directory);
  facts = {
    jobId: 7,
    boot: "0123456789ab",
    agentId: "agent",
    docker: { host: "unix:///var/run/docker.sock", tls_verify: false, tls_cert_path: "" },
    daemonId: "daemon",
    composeProject: "",
    directory,
    deadline: Date.now() + 60_000,
    world: await processWorld(),
    ancestors: await ancestors(process.pid),
    calls: 2,
    state: "planned",
    helper: "",
    build: "",
    startsShell: false,
    runs: 0,
    coordinator: { url: "", caFile: "", certFile: "", keyFile: "", certsDir: "" },
  };
});

afterEach(() => rm(root, { recursive: true }));

describe("what is kept about a job from call to call", () => {
  it("is found by the runner's directory, with what each call adds", async () => {
    const sessions = join(root, "sessions");
    const made = await Session.create(sessions, facts, plan);
    await made.update({ state: "prepared", helper: "h" });
    const found = await Session.find(sessions, facts.directory);
    expect(found?.facts).toEqual({ version: 1, ...facts, state: "prepared", helper: "h" });
    expect(await found?.plan()).toEqual(plan);
    expect(await Session.find(sessions, "/elsewhere")).toBeNull();
  });

  it("can be read by its owner alone", async () => {
    const made = await Session.create(join(root, "sessions"), facts, plan);
    expect((await stat(made.path)).mode & 0o777).toBe(0o700);
    for (const name of ["session.json", "plan.json"])
      expect((await stat(join(made.path, name))).mode & 0o777).toBe(0o600);
  });

  it("goes some time where a call was killed before it was whole, and not before", async () => {
    const sessions = join(root, "sessions");
    const made = await Session.create(sessions, facts, plan);
    const draft = `${made.path}.01234567.new`;
    await mkdir(draft);
    await Session.removeDrafts(sessions, Date.now());
    expect(await readdir(sessions)).toHaveLength(2);
    await Session.removeDrafts(sessions, Date.now() + 2 * 3_600_000);
    expect(await readdir(sessions)).toEqual([basename(made.path)]);
  });

  it("is gone with the job, and nothing of it in the list", async () => {
    const sessions = join(root, "sessions");
    const made = await Session.create(sessions, facts, plan);
    expect(await Session.list(sessions)).toHaveLength(1);
    await made.remove();
    expect(await Session.list(sessions)).toEqual([]);
  });
});

describe("a job", () => {
  const now = () => Date.now();

  it("lives while its runner does", async () => {
    expect(await isOver(facts, facts.world, now())).toBe(false);
  });

  it("is over when its runner is done with it", async () => {
    await rm(facts.directory, { recursive: true });
    expect(await isOver(facts, facts.world, now())).toBe(true);
  });

  it("lives where its runner's directory can't be seen from here, as with a /tmp of a service's own", async () => {
    await rm(facts.directory, { recursive: true });
    const elsewhere = { ...facts, world: { ...facts.world, mountNamespace: "mnt:[1]" } };
    expect(await isOver(elsewhere, facts.world, now())).toBe(false);
  });

  it("is over when its runner has ended", async () => {
    const child = spawn("sleep", ["60"]);
    const [runner] = await ancestors(child.pid as number);
    const ofRunner = { ...facts, ancestors: runner === undefined ? [] : [runner] };
    expect(await isOver(ofRunner, facts.world, now())).toBe(false);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await isOver(ofRunner, facts.world, now())).toBe(true);
    expect(await isOver({ ...ofRunner, calls: 1 }, facts.world, now())).toBe(false);
  });

  it("is over when its time is long over, or the machine was started anew", async () => {
    expect(await isOver(facts, facts.world, facts.deadline + 1)).toBe(true);
    const here = { ...facts.world, machine: "one" };
    expect(await isOver({ ...facts, world: { ...here, machineBoot: "other" } }, here, now())).toBe(true);
  });

  it.each([
    ["on another machine", { machine: "other" }],
    ["in a container, maybe of another machine", { machine: "" }],
    ["that doesn't know where it is", { machineBoot: "" }],
  ])("of a runner %s lives until its time is over, since nothing of it can be seen from here", async (_, differing) => {
    await rm(facts.directory, { recursive: true });
    const here = { ...facts.world, machine: "one" };
    const elsewhere = { ...facts, world: { ...here, machineBoot: "other", ...differing } };
    expect(await isOver(elsewhere, here, now())).toBe(false);
    expect(await isOver(elsewhere, { ...here, machine: "" }, now())).toBe(false);
    expect(await isOver(elsewhere, here, facts.deadline + 1)).toBe(true);
  });

  it("lives where neither its machine nor its container is known", async () => {
    await rm(facts.directory, { recursive: true });
    const nowhere = { machine: "", machineBoot: "", pidNamespace: "", mountNamespace: "" };
    expect(await isOver({ ...facts, world: nowhere }, nowhere, now())).toBe(false);
  });

  it("of a runner in another container lives until then, whatever can be seen from here", async () => {
    await rm(facts.directory, { recursive: true });
    const elsewhere = { ...facts, world: { ...facts.world, pidNamespace: "pid:[1]" } };
    expect(await isOver(elsewhere, facts.world, now())).toBe(false);
    expect(await isOver(elsewhere, facts.world, facts.deadline + 1)).toBe(true);
  });
});

describe("the processes that called", () => {
  it("have the runner in common, whatever stands between it and each call", () => {
    const runner = { pid: 10, startedAt: "100" };
    const init = { pid: 1, startedAt: "1" };
    const one = [{ pid: 20, startedAt: "200" }, runner, init];
    const other = [{ pid: 20, startedAt: "300" }, { pid: 30, startedAt: "301" }, runner, init];
    expect(inCommon(one, other)).toEqual([runner, init]);
  });

  it("begin with the process itself", async () => {
    const [own, parent] = await ancestors(process.pid);
    expect([own?.pid, parent?.pid]).toEqual([process.pid, process.ppid]);
  });
});
