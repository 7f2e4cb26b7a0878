import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StoreLease } from "../../../src/executor/storage-lease.ts";
import { StoragePool } from "../../../src/executor/storage-pool.ts";
import { agentLabel, bootLabel } from "../../../src/job/labels.ts";
import type { StoreRecord } from "../../../src/journal/storage-ledger.ts";
import type { StoragePlan } from "../../../src/job/storage-plan.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { FakeVolumes } from "./fake-volumes.ts";

const signal = new AbortController().signal;
const storage: StoragePlan = {
  service: 0,
  volumeBase: "base",
  destination: "/var/lib/docker",
  labels: {},
  maxBytes: 1000,
  maxAgeMs: 1000 * 3_600_000,
};
const own = (boot: string) => ({ [agentLabel]: "agent", [bootLabel]: boot });

let statePath: string;
let docker: FakeVolumes;
let pool: StoragePool;
const poolOf = (boot: string, path = statePath) =>
  new StoragePool({ statePath: path, agentId: "agent", boot, clock: { ...systemClock, sleep: async () => {} } });
const take = (from = pool, image = "sha256:1") => from.take(docker.daemon, storage, image, signal);
const indexOf = ({ volume }: StoreLease) => Number(volume.split("-").at(-1));

beforeEach(async () => {
  statePath = await mkdtemp(join(tmpdir(), "longshore-test-"));
  docker = new FakeVolumes();
  pool = poolOf("now");
});
afterEach(async () => {
  await rm(statePath, { recursive: true, force: true });
});

describe("the pool of layer stores", () => {
  it("gives two jobs at once two volumes, and the first free one to the next", async () => {
    const leases = await Promise.all([take(), take(), take()]);
    expect(leases.map(indexOf).toSorted((one, other) => one - other)).toEqual([0, 1, 2]);
    expect(docker.volumes.size).toBe(3);
    const first = leases.find((lease) => indexOf(lease) === 0) as StoreLease;
    await first.dispose(signal);
    expect(indexOf(await take())).toBe(0);
  });

  it("gives a volume again only when the container that mounts it is really gone", async () => {
    const lease = await take();
    docker.containers.push({ id: "c", volume: lease.volume, labels: own("now") });
    docker.sticky.add("c");
    await expect(lease.dispose(signal)).rejects.toThrow("is still in use");
    expect(pool.reserve(lease.volume)).toBeNull();
    expect(indexOf(await take())).toBe(1);
    docker.sticky.clear();
    await lease.dispose(signal);
    expect(docker.containers).toEqual([]);
    expect(indexOf(await take())).toBe(0);
  });

  it("finds a store warm that it has given back, in this run of the agent and the next", async () => {
    await (await take()).dispose(signal);
    const again = await take();
    expect(again.kind).toBe("warm");
    await again.dispose(signal);
    expect((await take(poolOf("later"))).kind).toBe("warm");
  });

  it("has the store on record as unclean from before it is mounted until its daemon has ended well", async () => {
    const { ledger } = pool;
    const lease = await take();
    await lease.dispose(signal);
    // Here it can't end well: no command runs in its container.
    const record = await ledger.read(lease.volume);
    expect(record).toMatchObject({ clean: false });
    await ledger.write({ ...(record as StoreRecord), clean: true });
    const again = await take();
    expect(again.before.clean).toBe(true);
    expect(await ledger.read(lease.volume)).toMatchObject({ clean: false });
  });

  it("shares nothing with another state directory, though the agent's id is the same", async () => {
    const other = await mkdtemp(join(tmpdir(), "longshore-test-"));
    try {
      await (await take()).dispose(signal);
      const foreign = await take(poolOf("now", other));
      expect([foreign.kind, docker.volumes.size]).toEqual(["cold", 2]);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});

describe("a volume that somebody uses when it is taken", () => {
  let volume: string;
  beforeEach(async () => {
    const lease = await take();
    volume = lease.volume;
    await lease.dispose(signal);
  });

  it("is taken when that is a container of a dead run of this agent, which is removed", async () => {
    docker.containers.push({ id: "dead", volume, labels: own("before") });
    expect(indexOf(await take())).toBe(0);
    expect(docker.containers).toEqual([]);
  });

  it.each([
    ["of this run", own("now")],
    ["of another agent", { ...own("before"), [agentLabel]: "other" }],
    ["of nobody's", {}],
  ])("is left alone with a container %s", async (_, labels) => {
    docker.containers.push({ id: "c", volume, labels });
    expect(indexOf(await take())).toBe(1);
    expect(docker.containers).toHaveLength(1);
  });

  it("is left alone with a container that doesn't go away", async () => {
    docker.containers.push({ id: "dead", volume, labels: own("before") });
    docker.sticky.add("dead");
    expect(indexOf(await take())).toBe(1);
  });
});

describe("a store that can't be used", () => {
  it("is replaced by a new one, and the job hears why", async () => {
    const lease = await take();
    const label = { ...docker.volumes.get(lease.volume) };
    await lease.dispose(signal);
    const next = await take(pool, "sha256:2");
    expect([next.kind, next.line]).toEqual([
      "wiped",
      "Docker layer store: fresh (the image of the daemon is another one now)",
    ]);
    expect(docker.volumes.get(next.volume)).not.toEqual(label);
  });

  it("is passed over when the daemon doesn't let go of it", async () => {
    const lease = await take();
    await lease.dispose(signal);
    docker.busy.add(lease.volume);
    expect(indexOf(await take(pool, "sha256:2"))).toBe(1);
  });

  it("is wiped in the middle of a job, its container with it", async () => {
    await (await take()).dispose(signal);
    const lease = await take();
    const label = { ...docker.volumes.get(lease.volume) };
    docker.containers.push({ id: "c", volume: lease.volume, labels: own("now") });
    await lease.wipe("it was broken", signal);
    expect([lease.kind, lease.line]).toEqual(["wiped", "Docker layer store: fresh (it was broken)"]);
    expect(docker.containers).toEqual([]);
    expect(docker.volumes.get(lease.volume)).not.toEqual(label);
    await lease.dispose(signal);
    expect((await take()).kind).toBe("warm");
  });
});

describe("what an earlier run of the agent left", () => {
  it("is ended and given back, and no job gets it meanwhile", async () => {
    const { volume } = await take(poolOf("before"));
    docker.containers.push({ id: "dead", volume, labels: own("before") });
    const inherited = (await pool.inherit(docker.daemon, storage, volume)) as StoreLease;
    expect(indexOf(await take())).toBe(1);
    await inherited.dispose(signal);
    expect(docker.containers).toEqual([]);
    expect((await take()).volume).toBe(volume);
  });

  it("is nothing to be ended once a job of this run has it, or when nothing is known of it", async () => {
    const { volume } = await take();
    expect(await pool.inherit(docker.daemon, storage, volume)).toBeNull();
    expect(await pool.inherit(docker.daemon, storage, "unknown")).toBeNull();
  });
});
