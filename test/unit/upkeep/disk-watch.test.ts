import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import type { Daemon } from "../../../src/daemon/daemons.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { createLog } from "../../../src/support/log.ts";
import { DiskWatch, usualPace, type WatchedEntry } from "../../../src/upkeep/disk-watch.ts";
import { UsageLedger } from "../../../src/upkeep/usage-ledger.ts";

let directory: string;
let usage: UsageLedger;
let now: number;
let lines: string[];
/** What is counted: looks that cost a container. */
let containers: number;
let refusal: string;
let isHelperThere: boolean;
/** How often was looked for what may go. */
let lists: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  usage = await UsageLedger.open(directory, { now: () => now }, { warn: () => {} });
  [now, lines, containers, refusal] = [1_000_000, [], 0, "nothing of the sort"];
  [isHelperThere, lists] = [true, 0];
});

afterEach(async () => {
  await usage.flushed();
  await rm(directory, { recursive: true, force: true });
});

function watchOf(name: string): DiskWatch {
  const engine = {
    info: async () => ({ DockerRootDir: directory }),
    getImage: () => ({
      inspect: async () => {
        if (isHelperThere) return { Id: "sha256:0", Config: {} };
        throw Object.assign(new Error("no such image"), { statusCode: 404 });
      },
    }),
    getContainer: () => ({ remove: async () => {} }),
    listImages: async () => {
      lists++;
      return [];
    },
    listContainers: async () => [],
    listVolumes: async () => ({ Volumes: null }),
    createContainer: async () => {
      containers++;
      throw Object.assign(new Error(refusal), { statusCode: 500 });
    },
  };
  const daemon = { engine, address: { kind: "unix", path: "/d" }, facts: { name } } as unknown as Daemon;
  return new DiskWatch(
    {
      agentId: "us",
      state: { path: directory, jobsPath: directory, boot: "own" },
      daemons: { get: async () => daemon },
      clock: { ...systemClock, now: () => now, monotonic: () => now },
      log: createLog({ level: "info", format: "runner", write: (line) => lines.push(line), colour: false }),
      stopping: new AbortController().signal,
      metrics: { reaped: () => {}, diskFree: () => {}, madeRoom: () => {} },
      usage,
      stores: { reserve: () => () => {}, ledger: { read: async () => null, forget: async () => {} } },
      boots: async () => new Set<string>(),
      probeOf: () => ({ image: "helper", labels: {} }),
      imagesOf: () => [],
    },
    usualPace,
  );
}

function entry(floor: string, name = floor): WatchedEntry {
  const text = `[[runners]]\nname = "${name}"\nurl = "http://127.0.0.1"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\nhost = "unix:///d"\ndisk_low_watermark = "1000000t"\ndisk_floor = "${floor}"\n`;
  const [runner] = parseConfig(text, "config.toml", { env: {}, home: "/" }).config.runners;
  if (runner === undefined) throw new Error("there is an entry");
  return runner;
}

describe("the watch over a disk that the agent sees", () => {
  it("holds back the entries whose floor it has reached, and says so once", async () => {
    const watch = watchOf(hostname());
    const [full, fine] = [entry("1000000t"), entry("1k")];
    expect(watch.obstacle(full)).toBeNull();
    for (let look = 0; look < 3; look++) await watch.look([full, fine]);
    expect([watch.obstacle(full), watch.obstacle(fine)]).toEqual([expect.stringMatching(/is below disk_floor$/), null]);
    expect([lines.length, lines[0]]).toEqual([1, expect.stringMatching(/paused.*runner=1000000t/)]);

    // The configuration is read anew.
    await watch.look([entry("0", "1000000t"), fine]);
    expect(lines.slice(1)).toEqual([expect.stringContaining("Checking for jobs... goes on")]);
    expect(containers).toBe(0);
  });

  it("rests a while when it has found nothing that may go", async () => {
    const watch = watchOf(hostname());
    const looks: number[] = [];
    for (const seconds of [0, 30, 269, 1, 30]) {
      now += seconds * 1000;
      await watch.look([entry("0", "short")]);
      looks.push(lists);
    }
    expect(looks).toEqual([1, 1, 1, 2, 2]);
  });

  it("holds nobody back for what it saw an hour ago", async () => {
    const watch = watchOf(hostname());
    await watch.look([entry("1000000t")]);
    now += 3_600_001;
    expect(watch.obstacle(entry("1000000t"))).toBeNull();
  });
});

describe("the watch over a disk that only containers see", () => {
  it("looks at the start, after jobs, and else rarely", async () => {
    const watch = watchOf("another host");
    const after = async (minutes: number): Promise<number> => {
      now += minutes * 60_000;
      await watch.look([entry("1g")]);
      return containers;
    };
    expect([await after(0), await after(6), await after(6)]).toEqual([1, 1, 1]);
    usage.imageUsed("unix:///d", { id: "a", name: "a", pulled: true });
    expect([await after(1), await after(4), await after(6)]).toEqual([2, 2, 2]);
    expect(await after(25)).toBe(3);
    expect(watch.obstacle(entry("1g"))).toBeNull();
  });

  it("holds nobody back for what it can't look at any more", async () => {
    const watch = watchOf("another host");
    refusal = "no space left on device";
    await watch.look([entry("1g")]);
    expect(watch.obstacle(entry("1g"))).not.toBeNull();
    isHelperThere = false;
    now += 1_800_000;
    await watch.look([entry("1g")]);
    expect(watch.obstacle(entry("1g"))).toBeNull();
    expect(lines.at(-1)).toContain("Checking for jobs... goes on: how much is free is not known");
  });

  it("takes a disk for full on which no container can be made any more", async () => {
    const watch = watchOf("another host");
    refusal = "mkdir /var/lib/docker/overlay2/0a: no space left on device";
    await watch.look([entry("2%,1g")]);
    for (const floor of ["2%,1g", "1g", "2%"]) expect(watch.obstacle(entry(floor))).toMatch(/below disk_floor/);
  });
});
