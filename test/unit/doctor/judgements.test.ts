import { describe, expect, it } from "vitest";
import { judgeApi } from "../../../src/doctor/checks/api.ts";
import { removal } from "../../../src/doctor/checks/leftovers.ts";
import { judgeMtu } from "../../../src/doctor/checks/mtu.ts";
import { judgeStorageDriver } from "../../../src/doctor/checks/storage-driver.ts";
import { daemonDisk, judgeDisk } from "../../../src/doctor/disk-space.ts";
import { readHostFacts } from "../../../src/doctor/host-probe.ts";
import { type ImageState, judgeImage } from "../../../src/doctor/image-state.ts";
import { isOlder } from "../../../src/job/api-version.ts";

const gib = 1024 ** 3;

describe("judgeMtu", () => {
  it("fails for jobs' networks wider than the uplink, and warns of the default bridge", () => {
    expect(judgeMtu({ job: 1500, uplink: 1400, bridge: 1500 }, "")).toMatchObject({
      verdict: "fail",
      fix: "set `network_mtu = 1400` in [runners.docker]",
    });
    expect(judgeMtu({ job: 1400, uplink: 1400, bridge: 1500 }, "")).toMatchObject({
      verdict: "warn",
      fix: expect.stringContaining('"mtu": 1400'),
    });
  });

  it("passes for what fits, and where the uplink isn't known", () => {
    expect(judgeMtu({ job: 1400, uplink: 1400, bridge: 1400 }, "").verdict).toBe("pass");
    expect(judgeMtu({ job: 1500, uplink: 9000, bridge: null }, "").verdict).toBe("pass");
    expect(judgeMtu({ job: 1500, uplink: null, bridge: 1500 }, "").verdict).toBe("pass");
  });
});

describe("judgeDisk", () => {
  const disk = { totalBytes: 100 * gib, freeBytes: 50 * gib, totalInodes: 1000, freeInodes: 500 };
  const judged = (more: Partial<typeof disk>) => judgeDisk("it", { ...disk, ...more }, daemonDisk, "fix").verdict;

  it("looks at bytes and at inodes", () => {
    expect(judged({})).toBe("pass");
    expect(judged({ freeBytes: 4.9 * gib })).toBe("warn");
    expect(judged({ freeBytes: 0.9 * gib })).toBe("fail");
    expect(judged({ freeInodes: 40 })).toBe("warn");
    expect(judged({ freeInodes: 5 })).toBe("fail");
  });

  it("lets a file system be that counts no inodes", () => {
    expect(judged({ freeInodes: Number.NaN, totalInodes: Number.NaN })).toBe("pass");
  });
});

describe("readHostFacts", () => {
  const routes =
    "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n" +
    "wg0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\nens5\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n";
  const mtus = "mtu /sys/class/net/ens5/mtu 9001\nmtu /sys/class/net/wg0/mtu 1420\n";

  it("takes the interface of the default route, and what df says", () => {
    const df = "blocks /dev/vda1 1000 400 600 40% /longshore-doctor\ninodes /dev/vda1 200 50 150 25% /longshore-doctor";
    expect(readHostFacts(`${routes}${mtus}${df}`)).toEqual({
      uplinkMtu: 9001,
      disk: { totalBytes: 1_024_000, freeBytes: 614_400, totalInodes: 200, freeInodes: 150 },
    });
  });

  it("knows nothing where nothing is said: no default route, a df without inodes, btrfs", () => {
    const { uplinkMtu, disk } = readHostFacts(`Iface\n${mtus}blocks /dev/a 10 4 6 40% /x\ninodes /dev/a 0 0 0 - /x`);
    expect([uplinkMtu, disk.freeBytes, disk.freeInodes]).toEqual([null, 6_144, Number.NaN]);
    expect(readHostFacts("").disk.freeBytes).toBeNaN();
  });
});

describe("judgeImage", () => {
  const state = (more: Partial<ImageState>): ImageState => ({
    image: "group/app:1",
    isLocal: true,
    registry: { kind: "has-it" },
    policies: ["always"],
    ...more,
  });
  const silent = { kind: "silent", words: "no such host" } as const;
  const judged = (more: Partial<ImageState>) => judgeImage(state(more)).verdict;

  it("passes for what jobs get by the pull policies", () => {
    expect(judged({})).toBe("pass");
    expect(judged({ isLocal: false })).toBe("pass");
    expect(judged({ registry: silent, policies: ["if-not-present"] })).toBe("pass");
    expect(judged({ registry: silent, policies: ["never"] })).toBe("pass");
  });

  it("warns where jobs get it after a pull that fails", () => {
    expect(judged({ registry: silent, policies: ["always", "if-not-present"] })).toBe("warn");
  });

  it("fails where they don't get it", () => {
    expect(judged({ registry: silent })).toBe("fail");
    expect(judged({ isLocal: false, registry: silent, policies: ["if-not-present"] })).toBe("fail");
    expect(judged({ isLocal: false, policies: ["never"] })).toBe("fail");
  });

  it("only warns where a login is wanted, which a job may bring", () => {
    const refused = { kind: "refused", words: "unauthorized" } as const;
    expect(judged({ registry: refused })).toBe("warn");
    expect(judged({ isLocal: false, registry: refused })).toBe("warn");
  });

  it("names the registry in what is to be done", () => {
    const fix = (image: string, kind: "silent" | "refused") =>
      judgeImage(state({ image, isLocal: false, registry: { kind, words: "" } })).fix;
    expect(fix("registry.test:5000/app:1", "refused")).toMatch(/^docker login registry\.test:5000 /);
    expect(fix("group/app:1", "silent")).toContain("reaches docker.io");
  });
});

describe("judgeApi", () => {
  it("wants 1.41, and compares versions as numbers", () => {
    const facts = { minApiVersion: "1.24", serverVersion: "19.03.15" };
    expect(judgeApi({ ...facts, apiVersion: "1.40" }).verdict).toBe("fail");
    expect(judgeApi({ ...facts, apiVersion: "1.41" }).verdict).toBe("pass");
    expect([isOlder("1.9", "1.41"), isOlder("1.52", "1.41"), isOlder("2.0", "1.41")]).toEqual([true, false, false]);
  });
});

describe("judgeStorageDriver", () => {
  it("warns of vfs and of drivers that Docker has given up", () => {
    const verdicts = ["vfs", "aufs", "overlay2", "overlayfs", "zfs"].map(
      (name) => judgeStorageDriver(name, "/d").verdict,
    );
    expect(verdicts).toEqual(["warn", "warn", "pass", "pass", "pass"]);
  });
});

describe("removal", () => {
  it("names commands only for the kinds that there are, and no labels but those of the dead runs", () => {
    const found = { count: 3, containers: 2, networks: 0, volumes: 1, boots: new Set(["b1"]) };
    const filter = "--filter label=dev.longshore.agent=abc --filter label=dev.longshore.boot=b1";
    expect(removal("abc", found)).toBe(
      `docker rm -v $(docker ps -aq ${filter}); docker volume rm $(docker volume ls -q ${filter})`,
    );
    expect(removal("abc", { ...found, boots: new Set(["doctor-1"]) })).toMatch(/^docker rm -fv /);
  });
});
