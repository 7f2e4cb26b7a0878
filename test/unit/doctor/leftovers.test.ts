import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { readAgentState } from "../../../src/doctor/agent-state.ts";
import { leftoversCheck } from "../../../src/doctor/checks/leftovers.ts";
import type { DoctorContext } from "../../../src/doctor/doctor-context.ts";
import { findLeftovers, type KnownRuns } from "../../../src/doctor/leftovers.ts";
import { agentLabel, bootLabel } from "../../../src/job/labels.ts";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import { statePathOf } from "../../../src/journal/state-path.ts";

type Labels = Readonly<Record<string, string>>;

const now = Date.parse("2030-01-01T12:00:00Z");
const minutesAgo = (minutes: number): number => now - minutes * 60_000;

interface Containers {
  readonly Labels: Labels;
  readonly State?: string;
  readonly createdAt?: number;
}

/** A daemon that has these objects, whoever asks. */
function engineWith(
  containers: readonly Containers[],
  networks: readonly Labels[] = [],
  volumes: readonly Labels[] = [],
): Engine {
  const engine = {
    listContainers: async () =>
      containers.map(({ Labels, State = "exited", createdAt = minutesAgo(60) }, index) => ({
        Id: `container-${index}`,
        Names: [`/runner-${index}`],
        Labels,
        State,
        Created: createdAt / 1000,
      })),
    listNetworks: async () =>
      networks.map((Labels, index) => ({ Id: `net-${index}`, Labels, Created: "2030-01-01T11:00:00Z" })),
    listVolumes: async () => ({
      Volumes: volumes.map((Labels, index) => ({ Name: `vol-${index}`, Labels, CreatedAt: "2030-01-01T11:00:00Z" })),
    }),
  };
  return engine as unknown as Engine;
}

const of = (boot: string, more: Labels = {}): Labels => ({ [agentLabel]: "a", [bootLabel]: boot, ...more });
const reusable = { "com.gitlab.gitlab-runner.reusable": "true" };
const signal = new AbortController().signal;
const nobody: KnownRuns = { isAlive: () => false, isOver: () => false, now };

describe("findLeftovers", () => {
  it("counts what dead runs made, by kind, and names the runs", async () => {
    const engine = engineWith(
      [{ Labels: of("dead") }, { Labels: of("alive") }],
      [of("dead"), of("older")],
      [of("older")],
    );
    const runs = { ...nobody, isAlive: (boot: string) => boot === "alive" };
    expect(await findLeftovers(engine, "a", runs, signal)).toEqual({
      count: 4,
      containers: 1,
      networks: 2,
      volumes: 1,
      boots: new Set(["dead", "older"]),
    });
  });

  it("lets volumes be that are kept for the next job, and what no run of an agent has made", async () => {
    const engine = engineWith([{ Labels: { [agentLabel]: "a" } }], [], [of("dead", reusable)]);
    expect(await findLeftovers(engine, "a", nobody, signal)).toMatchObject({ count: 0, boots: new Set() });
  });

  it.each(["running", "paused", "restarting"])(
    "lets a run be that nobody knows and one of whose containers is %s: another agent may carry the same id",
    async (State) => {
      const containers = [{ Labels: of("other"), State }, { Labels: of("other") }];
      const engine = engineWith(containers, [of("other")], [of("other")]);
      expect(await findLeftovers(engine, "a", nobody, signal)).toMatchObject({ count: 0 });
      const runs = { ...nobody, isOver: (boot: string) => boot === "other" };
      expect(await findLeftovers(engine, "a", runs, signal)).toMatchObject({ count: 4, containers: 2 });
    },
  );

  it("counts what a doctor made that was killed, also when it runs, but not what one makes just now", async () => {
    const made = (createdAt: number) => [{ Labels: of("doctor-1-0"), State: "running", createdAt }];
    expect(await findLeftovers(engineWith(made(minutesAgo(1))), "a", nobody, signal)).toMatchObject({ count: 0 });
    expect(await findLeftovers(engineWith(made(minutesAgo(6))), "a", nobody, signal)).toMatchObject({
      count: 1,
      boots: new Set(["doctor-1-0"]),
    });
  });
});

describe("the state of an agent", () => {
  let root: string;
  let config: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "longshore-doctor-"));
    config = join(root, "config.toml");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("is found where the agent keeps it, and tells whether the agent runs", async () => {
    const path = await statePathOf(root, config);
    expect(await readAgentState(path)).toEqual({ kind: "missing" });
    const state = await StateDirectory.open(root, config);
    expect(state.path).toBe(path);
    expect(await readAgentState(path)).toEqual({ kind: "known", isRunning: true, boots: new Set() });
    await state.close();
    expect(await readAgentState(path)).toEqual({ kind: "known", isRunning: false, boots: new Set() });
  });

  it("is not known where it can't be read", async () => {
    expect(await readAgentState(`${root}\0`)).toEqual({ kind: "unreadable" });
  });

  const checked = (statePath: string, engine: Engine) => {
    const settings = { statePath, agentId: "a", boot: "doctor-own", clock: { now: () => now } };
    return leftoversCheck.run({ settings, daemon: async () => ({ engine }) } as unknown as DoctorContext, signal);
  };

  it("is what a verdict on leftovers needs: without it nothing is offered for removal", async () => {
    const engine = engineWith([{ Labels: of("live"), State: "running" }, { Labels: of("dead") }]);
    expect(await checked(join(root, "missing"), engine)).toMatchObject({ verdict: "skip", fix: "" });
    expect(await checked(`${root}\0`, engine)).toMatchObject({ verdict: "skip", fix: "" });
    const path = join(root, "there");
    await mkdir(join(path, "jobs"), { recursive: true });
    await chmod(path, 0o700);
    const { verdict, fix } = await checked(path, engine);
    expect([verdict, fix.includes("boot=dead"), fix.includes("live"), fix.includes("rm -f")]).toEqual([
      "warn",
      true,
      false,
      false,
    ]);
  });

  it("says nothing of what this very command or another doctor is making", async () => {
    const path = join(root, "there");
    await mkdir(join(path, "jobs"), { recursive: true });
    const making = (boot: string) => ({ Labels: of(boot), State: "running", createdAt: minutesAgo(0.1) });
    const engine = engineWith([making("doctor-own-0"), making("doctor-other-1")], [], []);
    expect(await checked(path, engine)).toMatchObject({ verdict: "pass" });
  });
});
