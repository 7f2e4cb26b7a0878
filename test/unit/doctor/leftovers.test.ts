import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { isAgentRunning, knownBoots, statePathOf } from "../../../src/doctor/agent-state.ts";
import { findLeftovers } from "../../../src/doctor/leftovers.ts";
import { agentLabel, bootLabel } from "../../../src/job/labels.ts";
import { StateDirectory } from "../../../src/journal/state-directory.ts";

type Labels = Readonly<Record<string, string>>;

/** A daemon that has these objects, whoever asks. */
function engineWith(containers: readonly Labels[], networks: readonly Labels[], volumes: readonly Labels[]): Engine {
  const listed = (objects: readonly Labels[]) => objects.map((Labels) => ({ Labels }));
  const engine = {
    listContainers: async () => listed(containers),
    listNetworks: async () => listed(networks),
    listVolumes: async () => ({ Volumes: listed(volumes) }),
  };
  return engine as unknown as Engine;
}

const of = (boot: string, more: Labels = {}): Labels => ({ [agentLabel]: "a", [bootLabel]: boot, ...more });
const reusable = { "com.gitlab.gitlab-runner.reusable": "true" };
const signal = new AbortController().signal;

describe("findLeftovers", () => {
  it("counts what dead runs made, by kind, and names the runs", async () => {
    const engine = engineWith([of("dead"), of("alive")], [of("dead"), of("older")], [of("older")]);
    expect(await findLeftovers(engine, "a", (boot) => boot === "alive", signal)).toEqual({
      count: 4,
      containers: 1,
      networks: 2,
      volumes: 1,
      boots: new Set(["dead", "older"]),
    });
  });

  it("lets volumes be that are kept for the next job, and what no run of an agent has made", async () => {
    const engine = engineWith([{ [agentLabel]: "a" }], [], [of("dead", reusable)]);
    expect(await findLeftovers(engine, "a", () => false, signal)).toMatchObject({ count: 0, boots: new Set() });
  });
});

describe("the state of an agent", () => {
  it("is found where the agent keeps it, and tells whether the agent runs", async () => {
    const directory = await mkdtemp(join(tmpdir(), "longshore-doctor-"));
    try {
      const [root, config] = [join(directory, "state"), join(directory, "config.toml")];
      const path = await statePathOf(root, config);
      expect(await isAgentRunning(path)).toBe(false);
      const state = await StateDirectory.open(root, config);
      expect(basename(state.path)).toBe(basename(path));
      expect(await isAgentRunning(path)).toBe(true);
      expect(await knownBoots(path)).toEqual(new Set());
      await state.close();
      expect(await isAgentRunning(path)).toBe(false);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
