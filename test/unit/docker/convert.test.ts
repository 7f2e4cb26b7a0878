import { describe, expect, test } from "vitest";
import { containerOptions, type ContainerNetwork } from "../../../src/docker/convert.ts";
import type { HostSettings } from "../../../src/job/host-options.ts";
import type { ContainerSpec } from "../../../src/job/plan.ts";
import { planJob } from "../../../src/job/plan-job.ts";
import { readCase } from "../job/plan-case.ts";

const plans = `${import.meta.dirname}/../job/plans`;
const planOf = async (name: string) => planJob(await readCase(`${plans}/${name}`));
const bridge: ContainerNetwork = { kind: "mode", mode: "" };
const { build: spec } = await planOf("minimal");

const options = (change: Partial<ContainerSpec> = {}, network: ContainerNetwork = bridge) =>
  containerOptions({ ...spec, ...change }, "sha256:abc", network);
const hostConfig = (change: Partial<HostSettings>) => options({ host: { ...spec.host, ...change } }).HostConfig;

describe("a container's options", () => {
  test("name the image by what the daemon resolved it to", () => {
    expect(options()).toMatchObject({
      name: spec.name,
      Image: "sha256:abc",
      Hostname: spec.hostname,
      Env: spec.env,
      Cmd: spec.command,
      Tty: false,
    });
  });

  test("leave out what the image itself decides", () => {
    const bare = options({ command: null, entrypoint: null, user: "", workingDir: "", platform: "", hostname: "" });
    for (const key of ["Cmd", "Entrypoint", "User", "WorkingDir", "platform", "Hostname"])
      expect(bare).not.toHaveProperty(key);
  });

  test("replace what the plan replaces, an emptied entrypoint among it", () => {
    const changed = options({ command: ["a"], entrypoint: [""], user: "0", workingDir: "/w", platform: "linux/arm64" });
    expect(changed).toMatchObject({
      Cmd: ["a"],
      Entrypoint: [""],
      User: "0",
      WorkingDir: "/w",
      platform: "linux/arm64",
    });
  });

  test("open the standard input of a container that is written to, and of no other", () => {
    expect(options()).toMatchObject({ OpenStdin: true, StdinOnce: true, AttachStdin: true });
    expect(options({ stdin: false })).not.toHaveProperty("OpenStdin");
  });

  test("hold every limit that config.toml sets", async () => {
    const { build } = await planOf("limits");
    expect(containerOptions(build, "sha256:abc", bridge).HostConfig).toMatchObject({
      Memory: 536_870_912,
      MemorySwap: -1,
      MemoryReservation: 1_610_612_736,
      NanoCpus: 1_500_000_000,
      CpusetCpus: "0,1",
      CpusetMems: "0",
      CpuShares: 1024,
      CgroupParent: "/ci",
      OomKillDisable: true,
      OomScoreAdj: -500,
      ShmSize: 268_435_456,
      DeviceRequests: [{ Driver: "", Count: -1, DeviceIDs: [], Capabilities: [["gpu"]], Options: {} }],
      Devices: [
        { PathOnHost: "/dev/kvm", PathInContainer: "/dev/kvm", CgroupPermissions: "rwm" },
        { PathOnHost: "/dev/a", PathInContainer: "/dev/b", CgroupPermissions: "rwm" },
        { PathOnHost: "/dev/c", PathInContainer: "/dev/d", CgroupPermissions: "r" },
      ],
      DeviceCgroupRules: ["c 81:* rmw"],
      Ulimits: [
        { Name: "nofile", Soft: 1024, Hard: 4096 },
        { Name: "core", Soft: 0, Hard: 0 },
      ],
      Sysctls: { "net.core.somaxconn": "1024" },
    });
  });

  test("hold every other setting that config.toml makes", async () => {
    const { build } = await planOf("container-settings");
    expect(containerOptions(build, "sha256:abc", bridge).HostConfig).toMatchObject({
      Dns: ["1.1.1.1"],
      DnsSearch: ["corp.test"],
      ExtraHosts: ["db:10.0.0.9"],
      Links: ["postgres:db"],
      VolumesFrom: ["data:ro"],
      CapAdd: ["NET_ADMIN"],
      CapDrop: ["ALL"],
      GroupAdd: ["docker"],
      SecurityOpt: ["seccomp=unconfined"],
      UsernsMode: "host",
      PidMode: "host",
      IpcMode: "host",
      Runtime: "runsc",
      Tmpfs: { "/tmp": "rw,exec" },
    });
  });

  test("ask for privileges, init and GPUs only where the plan does", () => {
    expect(hostConfig({})).toMatchObject({ Privileged: false });
    expect(hostConfig({})).not.toHaveProperty("Init");
    expect(hostConfig({})).not.toHaveProperty("DeviceRequests");
    expect(hostConfig({ privileged: true, init: true })).toMatchObject({ Privileged: true, Init: true });
  });
});

describe("a container's network", () => {
  test("by name brings its aliases", () => {
    const named = options({ aliases: ["build", "db"] }, { kind: "named", name: "job-net" });
    expect(named.HostConfig?.NetworkMode).toBe("job-net");
    expect(named.NetworkingConfig).toEqual({ EndpointsConfig: { "job-net": { Aliases: ["build", "db"] } } });
  });

  test.each([
    ["", "default"],
    ["host", "host"],
    ["none", "none"],
    ["container:abc", "container:abc"],
  ])("mode %j is the daemon's %s, without aliases", (mode, expected) => {
    const made = options({}, { kind: "mode", mode });
    expect(made.HostConfig?.NetworkMode).toBe(expected);
    expect(made).not.toHaveProperty("NetworkingConfig");
  });

  const address = "92:d0:c6:0a:29:33";

  test("takes a MAC address with the endpoint, beside its aliases", () => {
    const mac = { address, place: "endpoint" } as const;
    const named = options({ aliases: ["build"], mac }, { kind: "named", name: "job-net" });
    expect(named.NetworkingConfig).toEqual({
      EndpointsConfig: { "job-net": { Aliases: ["build"], MacAddress: address } },
    });
    expect(options({ mac }).NetworkingConfig).toEqual({ EndpointsConfig: { default: { MacAddress: address } } });
    expect(named).not.toHaveProperty("MacAddress");
  });

  test("takes a MAC address as the container's own before API 1.44", () => {
    const made = options({ mac: { address, place: "container" } });
    expect(made).toMatchObject({ MacAddress: address });
    expect(made).not.toHaveProperty("NetworkingConfig");
  });
});

describe("a container's log", () => {
  test("is kept by the driver that costs least", () => {
    expect(hostConfig({})).toMatchObject({ LogConfig: { Type: "local" } });
  });

  test("is json-file's where config.toml has log_options, and as long as any other", () => {
    expect(hostConfig({ logOptions: { env: "CI_JOB_ID" } })?.LogConfig).toEqual({
      Type: "json-file",
      Config: { env: "CI_JOB_ID", "max-size": "256m", "max-file": "2" },
    });
  });
});

test("a volume driver of config.toml is that of what the daemon makes for a bind", () => {
  expect(hostConfig({ volumeDriver: "nfs" })).toMatchObject({ VolumeDriver: "nfs" });
  expect(hostConfig({})).not.toHaveProperty("VolumeDriver");
});
