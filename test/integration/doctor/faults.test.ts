import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import { statePathOf } from "../../../src/journal/state-path.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, engineHost, hostAddress, images, objectsOf } from "../../support/engine.ts";
import { startSecondDaemon } from "../../support/second-daemon.ts";
import { coordinatorFaults } from "./coordinator-faults.ts";
import { connectionFaults, daemonFaults } from "./daemon-faults.ts";
import { examination } from "./examination.ts";
import { configOf, type Diagnosis, quoted, type Scene } from "./fault.ts";
import { imageFaults } from "./image-faults.ts";
import { privateCoordinator } from "./sick-servers.ts";
import { wiringFaults } from "./wiring-faults.ts";

const engine = connectEngine();
const cleanUp = new AsyncDisposableStack();
const empty = { containers: [], networks: [], volumes: [], kept: [] };
const longestSeconds = 15;
const dind = `wiring = "dind"\nimage = ${quoted(images.dind)}`;

let file: string;
let stateDir: string;
let scene: Scene;
const counts = { made: 0, found: 0, onHealthy: -1, longest: 0 };

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanUp.defer(() => rm(directory, { recursive: true, force: true }));
  file = join(directory, "config.toml");
  stateDir = join(directory, "state");
  await writeFile(file, "");
  const address = await hostAddress(engine);
  const coordinator = cleanUp.use(await startTestCoordinator({ listen: [`${address}:0`] }));
  const [poor, narrow] = await Promise.all([
    startSecondDaemon([], { args: ["--storage-driver=vfs", "--default-address-pool=base=10.250.0.0/24,size=24"] }),
    startSecondDaemon([images.helper], { memory: "1500m", args: ["--mtu=1500"] }),
  ]);
  cleanUp.use(poor);
  cleanUp.use(narrow);
  const healthy = {
    settings: {
      name: '"test"',
      url: quoted(coordinator.url),
      token: quoted(coordinator.runner.token),
      executor: '"docker"',
      builds_dir: quoted(join(directory, "builds")),
    },
    docker: {
      host: quoted(engineHost),
      image: quoted(images.base),
      helper_image: quoted(images.helper),
      pull_policy: '"if-not-present"',
    },
  };
  // An agent has run here, and ended.
  const state = await StateDirectory.open(stateDir, file);
  await state.close();
  const agentId = basename(state.path);
  scene = { directory, agentId, address, coordinator, poor, narrow, healthy };
});

afterAll(async () => {
  const { made, found, onHealthy, longest } = counts;
  console.log(`doctor: ${found} faults of ${made} found, ${onHealthy} on a healthy machine`);
  console.log(`doctor: no examination took longer than ${longest.toFixed(1)} s`);
  await cleanUp.disposeAsync();
});

async function finds(fault: Diagnosis, at = file): Promise<void> {
  counts.made++;
  const config = configOf(scene.healthy, fault);
  const examined = await examination({ file: at, stateDir: fault.stateDir ?? stateDir, config });
  const check = examined.checks.find(({ name }) => name === fault.check);
  expect(check).toMatchObject({ name: fault.check, verdict: fault.verdict });
  expect(check?.finding).toMatch(fault.finding);
  expect(check?.fix).toMatch(fault.fix);
  expect([...examined.found].sort()).toEqual([fault.check, ...(fault.also ?? [])].sort());
  expect(examined.exitCode).toBe(fault.exitCode ?? (fault.verdict === "fail" ? 1 : 0));
  took(examined.report.seconds);
  counts.found++;
}

function took(seconds: number): void {
  counts.longest = Math.max(counts.longest, seconds);
  expect(seconds).toBeLessThan(longestSeconds);
}

describe("longshore doctor on a healthy machine", () => {
  it("finds nothing, in any wiring, and says so with exit code 0", async () => {
    counts.onHealthy = 0;
    for (const daemon of [undefined, 'wiring = "socket"', dind, `${dind}\ntls = false`]) {
      const config = configOf(scene.healthy, daemon === undefined ? {} : { daemon });
      const examined = await examination({ file, stateDir, config });
      counts.onHealthy += examined.found.length;
      expect(examined.checks.filter(({ verdict }) => verdict === "warn" || verdict === "fail")).toEqual([]);
      expect([examined.exitCode, examined.report.ok, examined.said]).toEqual([0, true, []]);
      took(examined.report.seconds);
    }
  });

  it("nor with a coordinator whose authority config.toml names: git in a job's container trusts it, too", async () => {
    await using coordinator = await privateCoordinator(scene.address);
    const authority = join(scene.directory, "authority.pem");
    await writeFile(authority, coordinator.authority);
    const settings = { url: quoted(coordinator.url), "tls-ca-file": quoted(authority) };
    const examined = await examination({ file, stateDir, config: configOf(scene.healthy, { settings }) });
    expect(examined.checks.filter(({ verdict }) => verdict === "warn" || verdict === "fail")).toEqual([]);
    counts.onHealthy += examined.found.length;
  });
});

describe("longshore doctor finds", () => {
  const faults = [...coordinatorFaults, ...connectionFaults, ...daemonFaults, ...imageFaults, ...wiringFaults];

  it.concurrent.each(faults.filter(({ waits }) => waits === true))("$title", async ({ title, put }) => {
    await using undo = new AsyncDisposableStack();
    const diagnosis = await put(scene, undo);
    // A configuration file for each, hence an agent.
    const own = join(scene.directory, title.replaceAll(" ", "-"), "config.toml");
    if (diagnosis !== null) await finds(diagnosis, own);
    expect(await objectsOf(engine, basename(await statePathOf(stateDir, own)))).toEqual(empty);
  });

  it.each(faults.filter(({ waits }) => waits !== true))("$title", async ({ put }) => {
    await using undo = new AsyncDisposableStack();
    const diagnosis = await put(scene, undo);
    if (diagnosis !== null) await finds(diagnosis);
  });

  it("at least fifteen faults", () => {
    expect(counts.made).toBeGreaterThanOrEqual(15);
    expect(counts.found).toBe(counts.made);
  });
});

describe("longshore doctor", () => {
  it("removes what it made when it is interrupted", async () => {
    const interrupted = new AbortController();
    const config = configOf(scene.healthy, { daemon: dind });
    const examined = examination({ file, stateDir, config, signal: interrupted.signal });
    examined.catch(() => {});
    const made = async () => (await objectsOf(engine, scene.agentId)).containers.length;
    await expect.poll(made, { interval: 20, timeout: 20_000 }).toBeGreaterThan(0);
    interrupted.abort(new Error("interrupted"));
    await expect(examined).rejects.toThrow("interrupted");
    expect(await objectsOf(engine, scene.agentId)).toEqual(empty);
  });

  it("has left nothing on any daemon", async () => {
    for (const daemon of [engine, scene.poor.engine, scene.narrow.engine])
      expect(await objectsOf(daemon, scene.agentId)).toEqual(empty);
  });
});
