import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Daemon } from "../../../src/daemon/daemons.ts";
import { bootLabel } from "../../../src/job/labels.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { createLog } from "../../../src/support/log.ts";
import type { DiskSpace } from "../../../src/upkeep/disk-space.ts";
import { makeRoom, type RoomContext } from "../../../src/upkeep/make-room.ts";
import { UsageLedger } from "../../../src/upkeep/usage-ledger.ts";

const mib = 1024 ** 2;
const host = "unix:///run/docker.sock";
const space = (free: number): DiskSpace => ({
  freeBytes: free * mib,
  totalBytes: 1000 * mib,
  freeInodes: Number.NaN,
  totalInodes: Number.NaN,
});
/** At least 100 MiB are wanted. */
const shortage = ({ freeBytes }: DiskSpace) =>
  freeBytes < 100 * mib ? { bytes: 100 * mib - freeBytes, isOfInodes: false } : null;

let directory: string;
let usage: UsageLedger;
let now: number;
let removed: string[];
let lines: string[];
/** What the daemon does when it is told to remove something. */
let onRemove: (name: string) => void;
/** What a name means by now, where that isn't what it meant in the list. */
let moved: Map<string, string>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  [now, removed, lines] = [0, [], []];
  onRemove = () => {};
  moved = new Map();
  usage = await UsageLedger.open(directory, { now: () => now }, { warn: () => {} });
});

afterEach(async () => {
  await usage.flushed();
  await rm(directory, { recursive: true, force: true });
});

function daemonWith(images: readonly string[], volumes: readonly string[]): Daemon {
  const remove = (name: string) => ({
    remove: async () => {
      onRemove(name);
      removed.push(name);
    },
  });
  const engine = {
    listImages: async () =>
      images.map((name) => ({ Id: name, RepoTags: [`${name}:1`], RepoDigests: null, Size: 50 * mib })),
    listContainers: async () => [{ ImageID: "busy", Mounts: [{ Name: "busy" }, {}] }],
    listVolumes: async () => ({ Volumes: volumes.map((name) => ({ Name: name, Labels: { [bootLabel]: "known" } })) }),
    getImage: (name: string) => ({
      ...remove(name),
      inspect: async () => {
        const id = moved.get(name) ?? name.replace(/:1$/, "");
        return {
          Id: id,
          RepoTags: [...moved].reduce((tags, [tag, to]) => (to === id ? [...tags, tag] : tags), [`${id}:1`]),
        };
      },
    }),
    getVolume: (name: string) => remove(name),
  };
  return { engine, address: { kind: "unix", path: "/run/docker.sock" } } as unknown as Daemon;
}

/** Uses images and volumes in this order, an hour apart, and lets a day pass. */
function used(images: readonly string[], volumes: readonly string[] = []): void {
  for (const name of images) {
    usage.imageUsed(host, { id: name, name: `${name}:1`, pulled: true });
    now += 3_600_000;
  }
  usage.volumesUsed(host, volumes);
  now += 86_400_000;
}

const held = new Set<string>();
async function run(daemon: Daemon, free: readonly number[]): Promise<number> {
  const [first = 0, ...later] = free;
  const context: RoomContext = {
    agentId: "us",
    state: { path: directory, jobsPath: directory, boot: "known" },
    daemons: { get: () => Promise.reject(new Error("not asked")) },
    clock: { ...systemClock, now: () => now },
    log: createLog({ level: "debug", format: "runner", write: (line) => lines.push(line), colour: false }),
    stopping: new AbortController().signal,
    metrics: { reaped: () => {}, diskFree: () => {}, madeRoom: () => {} },
    usage,
    stores: {
      reserve: (volume) => (held.has(volume) ? null : () => {}),
      ledger: { read: async () => null, forget: async () => {} },
    },
    boots: async () => new Set(["known"]),
  };
  const measure = async () => {
    const next = later.shift();
    return next === undefined ? null : space(next);
  };
  const keep = { configured: [], patterns: [] };
  return makeRoom(context, daemon, space(first), { shortage, measure, keep }, AbortSignal.timeout(10_000));
}

describe("makeRoom", () => {
  it("goes on until enough is free, oldest first, and says what each freed", async () => {
    used(["a", "b", "c"]);
    expect(await run(daemonWith(["c", "b", "a"], []), [10, 40, 105])).toBe(2);
    expect(removed).toEqual(["a:1", "a", "b:1", "b"]);
    expect(lines.join("")).toMatch(/the image a:1, .*freed 30\.0 MiB.*40 MiB are free.*\n.*the image b:1/s);
    expect([...usage.images(host).keys()]).toEqual(["c"]);
  });

  it("doesn't empty a daemon that frees the space later: what went is enough for once", async () => {
    used(["a", "b", "c", "d"]);
    expect(await run(daemonWith(["a", "b", "c", "d"], []), [10, 10, 10, 10])).toBe(2);
  });

  it("takes volumes when the images were not enough, none that a container or a lease has", async () => {
    used(["a"], ["busy", "leased", "free"]);
    held.add("leased");
    expect(await run(daemonWith(["a"], ["busy", "leased", "free"]), [10, 20, 30])).toBe(2);
    expect(removed).toEqual(["a:1", "a", "free"]);
  });

  it("leaves what a job has got meanwhile, and goes on where the daemon refuses", async () => {
    used(["a", "b", "c", "d"]);
    onRemove = (name) => {
      if (name === "a:1") {
        usage.imageUsed(host, { id: "b", name: "b:1", pulled: false });
        throw Object.assign(new Error("conflict"), { statusCode: 409 });
      }
    };
    expect(await run(daemonWith(["a", "b", "c", "d"], []), [60, 105])).toBe(1);
    expect(removed).toEqual(["c:1", "c"]);
  });

  it("leaves a tag that means another image by now, and an image that got another one", async () => {
    used(["a", "b", "c"]);
    moved = new Map([
      ["a:1", "new"],
      ["mine:1", "b"],
    ]);
    expect(await run(daemonWith(["a", "b", "c"], []), [10, 10, 105])).toBe(2);
    expect(removed).toEqual(["a", "c:1", "c"]);
  });

  it("touches no image that jobs have not pulled, and no volume that was never seen before", async () => {
    expect(await run(daemonWith(["a"], ["new"]), [0])).toBe(0);
    now += 86_400_000;
    expect(await run(daemonWith(["a"], ["new"]), [0, 0])).toBe(1);
    expect(removed).toEqual(["new"]);
  });
});
