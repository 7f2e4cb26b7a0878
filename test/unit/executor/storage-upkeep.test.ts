import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DockerConfig } from "../../../src/config/schema.ts";
import type { Daemons } from "../../../src/daemon/daemons.ts";
import { StoragePool } from "../../../src/executor/storage-pool.ts";
import { keepStoresTidy } from "../../../src/executor/storage-upkeep.ts";
import { storeLabel } from "../../../src/job/plan-storage.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { createLog } from "../../../src/support/log.ts";
import { FakeVolumes } from "./fake-volumes.ts";

const hour = 3_600_000;
const storage = { service: 0, volumeBase: "base", destination: "/d", labels: {}, maxBytes: 0, maxAgeMs: 7 * hour };
const leasing = { host: "unix:///fake.sock", daemon: { wiring: "dind", storage: "leased", storage_max_age: 7 * hour } };
const signal = new AbortController().signal;

let statePath: string;
let docker: FakeVolumes;
let pool: StoragePool;
let now: number;

beforeEach(async () => {
  statePath = await mkdtemp(join(tmpdir(), "longshore-test-"));
  docker = new FakeVolumes();
  now = Date.now();
  pool = new StoragePool({ statePath, agentId: "agent", boot: "now", clock: { ...systemClock, now: () => now } });
});
afterEach(async () => {
  await rm(statePath, { recursive: true, force: true });
});

/** One round, at `now`. */
async function tidy(docker_: object = leasing): Promise<void> {
  const stopping = new AbortController();
  const daemons = { get: async () => docker.daemon } as unknown as Daemons;
  const sleep = async () => {
    stopping.abort();
    throw new Error("stopping");
  };
  const clock = { ...systemClock, now: () => now, sleep };
  const log = createLog({ level: "fatal", format: "json", write: () => {}, colour: false });
  const context = { stores: pool, daemons, clock, log, agentId: "agent", stopping: stopping.signal };
  await keepStoresTidy(context, () => [docker_ as DockerConfig]);
}

const used = async () => {
  const lease = await pool.take(docker.daemon, storage, "sha256:1", signal);
  await lease.dispose(signal);
  return lease.volume;
};

it("leaves a store alone that was used not long ago", async () => {
  const volume = await used();
  now += 6 * hour;
  await tidy();
  expect([...docker.volumes.keys()]).toEqual([volume]);
  expect(await pool.ledger.read(volume)).not.toBeNull();
});

it.each([["leased"], ["job"]])(
  "removes one that was not used for longer than its bound, with storage = %s now",
  async (kind) => {
    const volume = await used();
    now += 8 * hour;
    await tidy({ ...leasing, daemon: { ...leasing.daemon, storage: kind } });
    expect(docker.volumes.size).toBe(0);
    expect(await pool.ledger.read(volume)).toBeNull();
  },
);

it("leaves one alone that a job has, however long the job lasts", async () => {
  await pool.take(docker.daemon, storage, "sha256:1", signal);
  now += 80 * hour;
  await tidy();
  expect(docker.volumes.size).toBe(1);
});

it("removes one of which nothing is known", async () => {
  const volume = await used();
  await pool.ledger.forget(volume);
  await tidy();
  expect(docker.volumes.size).toBe(0);
});

it("removes one of another state directory only when its owner would wipe it, too", async () => {
  docker.volumes.set("other", { [storeLabel]: "ffffffff.1" });
  docker.createdAt.set("other", now - 6 * hour);
  await tidy();
  expect(docker.volumes.size).toBe(1);
  now += 2 * hour;
  await tidy();
  expect(docker.volumes.size).toBe(0);
});

it("never removes one of another state directory where there is no bound", async () => {
  docker.volumes.set("other", { [storeLabel]: "ffffffff.1" });
  docker.createdAt.set("other", 0);
  await tidy({ ...leasing, daemon: { ...leasing.daemon, storage_max_age: 0 } });
  expect(docker.volumes.size).toBe(1);
});

it("forgets one that somebody else removed, when it would have been removed anyway", async () => {
  const volume = await used();
  docker.volumes.clear();
  await tidy();
  expect(await pool.ledger.read(volume)).not.toBeNull();
  now += 8 * hour;
  await tidy();
  expect(await pool.ledger.read(volume)).toBeNull();
});
