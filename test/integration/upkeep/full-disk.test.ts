import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentLabel, bootLabel } from "../../../src/job/labels.ts";
import { statePathOf } from "../../../src/journal/state-path.ts";
import { recordBoot } from "../../../src/upkeep/boot-list.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { images, objectsOf } from "../../support/engine.ts";
import { type SecondDaemon, startSecondDaemon } from "../../support/second-daemon.ts";

const mib = 1024 ** 2;
const hour = 3_600_000;
/** An earlier start of the agent. */
const earlier = "ea71e7000000";
const cleanUp = new AsyncDisposableStack();
let there: SecondDaemon;
let coordinator: TestCoordinator;
let agent: TestAgent;
let agentId: string;

beforeAll(async () => {
  there = cleanUp.use(await startSecondDaemon([images.tiny], { memory: "400m" }));
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  const statePath = await statePathOf(join(directory, "state"), join(directory, "config.toml"));
  agentId = statePath.split("/").at(-1) ?? "";
  await mkdir(statePath, { recursive: true });
  await recordBoot(statePath, earlier);
  const used: Record<string, object> = {};
  for (const [name, hours] of Object.entries({ asked: 50, inuse: 40, oldest: 30, older: 20, recent: 0, never: -1 })) {
    const id = await image(name);
    if (hours >= 0) used[id] = { usedAt: Date.now() - hours * hour, pulled: true, names: [`filler:${name}`] };
  }
  await there.engine.createContainer({ name: "user", Image: "filler:inuse", Cmd: ["none"] });
  const ownLabels = { [agentLabel]: agentId, [bootLabel]: earlier };
  await there.engine.createVolume({ Name: "left-over", Labels: ownLabels });
  const labels = { "com.gitlab.gitlab-runner.reusable": "true", [agentLabel]: agentId };
  await there.engine.createVolume({ Name: "cache", Labels: { ...labels, [bootLabel]: earlier } });
  await there.engine.createVolume({ Name: "of-others", Labels: { ...labels, [bootLabel]: "0a0b0c0d0e0f" } });
  const usage = { images: used, volumes: { cache: Date.now() - 60 * hour, "of-others": Date.now() - 60 * hour } };
  await writeFile(join(statePath, "usage.json"), JSON.stringify({ version: 1, daemons: { [there.host]: usage } }));
  coordinator = cleanUp.use(await startTestCoordinator());
  agent = await startTestAgent({
    coordinator,
    directory,
    runners: [
      {
        tag: "there",
        host: there.host,
        image: images.tiny,
        helperImage: images.tiny,
        docker: 'disk_low_watermark = "120m"\ndisk_floor = "20%,60m"\nkeep_images = ["filler:ask*"]',
      },
    ],
    // With a second slot a question could be out already when the disk is found to be full.
    concurrent: 1,
    watchDisks: { everyMs: 100, remoteMs: 200, remoteIdleMs: 200 },
  });
});

afterAll(async () => {
  await agent[Symbol.asyncDispose]();
  const { containers, networks, volumes } = await objectsOf(there.engine, agentId);
  expect([containers, networks, volumes]).toEqual([[], [], ["of-others"]]);
  await cleanUp.disposeAsync();
});

/** An image of 20 MiB that shares nothing with others. Returns its id. */
async function image(name: string): Promise<string> {
  const layer = pack();
  layer.entry({ name: "filler" }, randomBytes(20 * mib));
  layer.finalize();
  // The client's types have no promise of it.
  const { importImage } = there.engine as unknown as { importImage: (file: Readable, as: object) => Promise<Readable> };
  const answer = await importImage.call(there.engine, Readable.from(layer), { repo: "filler", tag: name });
  for await (const _ of Readable.from(answer));
  return (await there.engine.getImage(`filler:${name}`).inspect()).Id;
}

async function fillers(): Promise<string[]> {
  const found = await there.engine.listImages();
  const tags = found.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith("filler:"));
  return tags.map((tag) => tag.slice("filler:".length)).toSorted();
}

/**
 * Leaves that much free on the daemon's disk, in MiB. All at once, by its size: the agent looks at any moment, and takes
 * what is written to a disk meanwhile off what it says that a removal freed.
 */
async function leaveFree(wanted: number): Promise<void> {
  const script = `used=$(df -Pk . | tail -n 1 | awk '{ print $3 }')
mount -o remount,size=$(( used + ${wanted} * 1024 ))k .`;
  await there.execute("sh", "-ec", `cd /var/lib/docker\n${script}`);
}

const said = (text: RegExp) => agent.lines.filter((line) => text.test(line));
const until = (text: RegExp, times = 1) =>
  expect.poll(() => said(text).length, { timeout: 30_000 }).toBeGreaterThanOrEqual(times);

describe("an agent whose daemon's disk fills up", () => {
  it("removes first what earlier starts left, as with a disk that has space", async () => {
    await until(/removed what jobs that are over left on the daemon: 0 containers, 0 networks, 1 volumes/);
  });

  it("removes what was used least recently until there is space, and says what", async () => {
    await leaveFree(105);
    await until(/filler:oldest, last used .* was removed, which freed [12]\d\.\d MiB/);
    expect(await fillers()).toEqual(["asked", "inuse", "never", "older", "recent"]);
  });

  it("spares what is in use, was used just now, is asked to be kept, or is not its own; then kept volumes go", async () => {
    await leaveFree(80);
    await until(/the volume cache, last used/);
    expect(await fillers()).toEqual(["asked", "inuse", "never", "recent"]);
    expect((await there.engine.getImage(images.tiny).inspect()).Id).not.toBe("");
    const { Volumes } = await there.engine.listVolumes();
    expect(Volumes.map(({ Name }) => Name)).toEqual(["of-others"]);
    expect(said(/was removed/).map((line) => /filler:\w+|volume \w+/.exec(line)?.[0])).toEqual([
      "filler:oldest",
      "filler:older",
      "volume cache",
    ]);
  });

  it("asks for no jobs below the floor, runs those it has, and asks again when there is space", async () => {
    const running = await agent.start(
      { script: ["echo begun", "while [ ! -e /tmp/go ]; do sleep 0.1; done"] },
      "there",
    );
    await agent.shows(running, "begun");
    await leaveFree(10);
    await until(/ERROR: Checking for jobs\.\.\. paused: only \d+ MiB .*are free on the disk of tcp:/);
    const waiting = await agent.start({ script: ["echo at last"] }, "there");
    const [build] = await there.engine.listContainers({ filters: { label: [`dev.longshore.job=${running.id}`] } });
    await there.execute("docker", "-H", "tcp://127.0.0.1:2375", "exec", build?.Id ?? "", "touch", "/tmp/go");
    expect((await agent.ended(running)).job.state).toBe("success");

    await leaveFree(130);
    await until(/Checking for jobs\.\.\. goes on: 1\d\d MiB/);
    expect((await agent.ended(waiting)).log).toContain("at last");
    const order = said(/Checking for jobs\.\.\. /).map((line) => /\.\.\. (\w+)/.exec(line)?.[1]);
    expect(order).toEqual(["received", "paused", "goes", "received"]);
  });
});
