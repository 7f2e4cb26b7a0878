import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { Daemons } from "../../../src/daemon/daemons.ts";
import { removeObjects, listObjects } from "../../../src/docker/sweep.ts";
import { agentLabel, bootLabel, jobLabel } from "../../../src/job/labels.ts";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { createLog } from "../../../src/support/log.ts";
import { recordBoot } from "../../../src/upkeep/boot-list.ts";
import { Reaper } from "../../../src/upkeep/reaper.ts";
import type { UpkeepContext } from "../../../src/upkeep/upkeep-context.ts";
import { connectEngine, engineHost, images, objectsOf } from "../../support/engine.ts";

const dead = "dead00000000";
const older = "older0000000";
const engine = connectEngine();
const lines: string[] = [];
const reaped = new Map<string, number>();
let directory: string;
let state: StateDirectory;
let agentId: string;
let agent: UpkeepContext;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  state = await StateDirectory.open(join(directory, "state"), join(directory, "config.toml"));
  agentId = basename(state.path);
  agent = {
    agentId,
    state,
    daemons: new Daemons(),
    clock: systemClock,
    log: createLog({ level: "info", format: "runner", write: (line) => lines.push(line), colour: false }),
    stopping: new AbortController().signal,
    metrics: {
      reaped: (kind, count) => reaped.set(kind, (reaped.get(kind) ?? 0) + count),
      diskFree: () => {},
      madeRoom: () => {},
    },
  };
});

afterAll(async () => {
  const signal = AbortSignal.timeout(60_000);
  const own = async (id: string) => listObjects(engine, [`${agentLabel}=${id}`], signal);
  await removeObjects(engine, [...(await own(agentId)), ...(await own(`${agentId}x`))], signal);
  await removeObjects(engine, await listObjects(engine, [`dev.longshore.test=${agentId}`], signal), signal);
  await state.close();
  await rm(directory, { recursive: true, force: true });
  expect(await objectsOf(engine, agentId)).toEqual({ containers: [], networks: [], volumes: [], kept: [] });
});

/**
 * A container that runs on a network, or never did, with a volume, all with these labels. Returns how many of them are
 * there later.
 */
async function job(
  name: string,
  labels: Readonly<Record<string, string>>,
  isRunning = true,
): Promise<() => Promise<number>> {
  const full = `longshore-test-${agentId}-${name}`;
  const marked = { ...labels, "dev.longshore.test": agentId };
  const [network, container] = await Promise.all([
    engine.createNetwork({ Name: full, Labels: marked }),
    engine.createVolume({ Name: full, Labels: marked }).then(() =>
      engine.createContainer({
        name: full,
        Image: images.tiny,
        Cmd: ["sleep", "300"],
        Labels: marked,
        HostConfig: { NetworkMode: full, Binds: [`${full}:/data`] },
      }),
    ),
  ]);
  if (isRunning) await container.start();
  const looks = [container, network, engine.getVolume(full)];
  return async () => {
    const found = await Promise.allSettled(looks.map((look) => look.inspect()));
    return found.filter(({ status }) => status === "fulfilled").length;
  };
}

const of = (id: string, boot: string, number: string) => ({
  [agentLabel]: id,
  [bootLabel]: boot,
  [jobLabel]: number,
});

describe("the reaper on a real daemon", () => {
  it("removes what a dead start left, and nothing that is used, kept, or not its own", async () => {
    await recordBoot(state.path, older);
    await recordBoot(state.path, dead);
    await mkdir(join(state.jobsPath, "7-0a0b0c0d"));
    const left = await job("dead", of(agentId, dead, "1"), false);
    const spared = await Promise.all([
      job("journaled", of(agentId, dead, "7")),
      job("live", of(agentId, state.boot, "2")),
      job("elsewhere", of(agentId, "e15ewhere000", "3")),
      job("other-agent", of(`${agentId}x`, dead, "4")),
      job("unlabelled", {}),
      // Maybe at work for the agent whose state directory was copied.
      job("running", of(agentId, older, "5")),
    ]);
    const kept = `longshore-test-${agentId}-kept`;
    const reusable = { ...of(agentId, dead, "1"), "com.gitlab.gitlab-runner.reusable": "true" };
    await engine.createVolume({ Name: kept, Labels: reusable });
    const host = (address: string) =>
      `[[runners]]\nname = "r"\nurl = "http://127.0.0.1:9"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\nhost = "${address}"\n`;
    const text = [engineHost, engineHost, "tcp://127.0.0.1:9"].map(host).join("");
    const { config } = parseConfig(text, "config.toml", { env: {}, home: directory });
    const dockers = config.runners.map(({ docker }) => docker);

    const reaper = await Reaper.open(agent);
    await reaper.round(dockers);
    expect(await left()).toBe(0);
    expect(await Promise.all(spared.map((look) => look()))).toEqual([3, 3, 3, 3, 3, 3]);
    expect((await engine.getVolume(kept).inspect()).Name).toBe(kept);
    expect([...reaped]).toEqual([
      ["container", 1],
      ["network", 1],
      ["volume", 1],
    ]);
    expect(lines.join("")).toContain("1 containers, 1 networks, 1 volumes");

    // The job of the dead start has ended: its journal is gone, and so is the reason to spare what it left.
    await rm(join(state.jobsPath, "7-0a0b0c0d"), { recursive: true });
    await reaper.round(dockers);
    expect(await Promise.all(spared.map((look) => look()))).toEqual([0, 3, 3, 3, 3, 3]);
    expect(lines).toHaveLength(2);
  });
});
