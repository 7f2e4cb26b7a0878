import { expect } from "vitest";
import type { Case } from "../case.ts";
import { idle } from "../services/idle.ts";
import { lookedAt } from "./looked-at.ts";

const mib = 1024 ** 2;

const limited = lookedAt(
  {
    docker: `memory = "512m"
memory_swap = "640mb"
memory_reservation = "128m"
cpus = "1.5"
cpuset_cpus = "0"
cpuset_mems = "0"
cpu_shares = 512
cgroup_parent = "longshore-jobs.slice"
oom_score_adjust = 100
pids_limit = 300
shm_size = 134217728
service_memory = "256m"
service_memory_swap = "320m"
service_memory_reservation = "64m"
service_cpus = "0.5"
service_cpuset_cpus = "0-1"
service_cpu_shares = 256
service_cgroup_parent = "longshore-services.slice"
service_pids_limit = 200
[runners.docker.ulimit]
nofile = "1024:2048"
core = "0"
[runners.docker.sysctls]
"net.core.somaxconn" = "256"`,
  },
  { script: ["ulimit -Sn; ulimit -Hn; cat /proc/sys/net/core/somaxconn"], parts: { services: [idle()] } },
);

const slots = lookedAt(
  {
    settings: `use_slot_cgroups = true\nslot_cgroup_template = "longshore-job\${slot}.slice"`,
    docker: `service_slot_cgroup_template = "longshore-service\${slot}.slice"\ncgroup_parent = "longshore-none.slice"`,
  },
  { script: ["true"], parts: { services: [idle()] } },
);

/** Resource limits. */
export const limits: readonly Case[] = [
  limited("memory, memory_swap and memory_reservation limit build and helper", ({ build, helper }) => {
    const expected = { Memory: 512 * mib, MemorySwap: 640 * mib, MemoryReservation: 128 * mib };
    expect(build.HostConfig).toMatchObject(expected);
    expect(helper.HostConfig).toMatchObject(expected);
  }),
  limited("service_memory and its relatives limit services", ({ services: [service] }) => {
    expect(service?.HostConfig).toMatchObject({
      Memory: 256 * mib,
      MemorySwap: 320 * mib,
      MemoryReservation: 64 * mib,
    });
  }),
  limited("cpus and service_cpus are shares of the processors", ({ build, helper, services: [service] }) => {
    const cpus = [build, helper, service].map((each) => each?.HostConfig.NanoCpus);
    expect(cpus).toEqual([1.5e9, 1.5e9, 0.5e9]);
  }),
  limited("cpuset_cpus, cpuset_mems and service_cpuset_cpus say which", ({ build, helper, services: [service] }) => {
    for (const { HostConfig } of [build, helper])
      expect(HostConfig).toMatchObject({ CpusetCpus: "0", CpusetMems: "0" });
    expect(service?.HostConfig).toMatchObject({ CpusetCpus: "0-1", CpusetMems: "" });
  }),
  limited("cpu_shares and service_cpu_shares are weights", ({ build, helper, services: [service] }) => {
    expect([build, helper, service].map((each) => each?.HostConfig.CpuShares)).toEqual([512, 512, 256]);
  }),
  limited("cgroup_parent and service_cgroup_parent", ({ build, helper, services: [service] }) => {
    const parents = [build, helper, service].map((each) => each?.HostConfig.CgroupParent);
    expect(parents).toEqual(["longshore-jobs.slice", "longshore-jobs.slice", "longshore-services.slice"]);
  }),
  limited("oom_score_adjust is that of build and helper", ({ build, helper, services: [service] }) => {
    expect([build, helper, service].map((each) => each?.HostConfig.OomScoreAdj)).toEqual([100, 100, 0]);
  }),
  limited(
    "pids_limit and service_pids_limit end fork bombs",
    ({ build, helper, services: [service] }) => {
      expect([build, helper, service].map((each) => each?.HostConfig.PidsLimit)).toEqual([300, 300, 200]);
    },
    "it has no such keys",
  ),
  limited("shm_size is that of all containers", ({ build, helper, services: [service] }) => {
    expect([build, helper, service].map((each) => each?.HostConfig.ShmSize)).toEqual([128 * mib, 128 * mib, 128 * mib]);
  }),
  limited("ulimit holds in build and helper", ({ build, helper, services: [service], ended }) => {
    const expected = [
      { Name: "nofile", Soft: 1024, Hard: 2048 },
      { Name: "core", Soft: 0, Hard: 0 },
    ];
    for (const { HostConfig } of [build, helper]) {
      const limits = (HostConfig.Ulimits ?? []) as readonly object[];
      expect(limits).toHaveLength(2);
      expect(limits).toEqual(expect.arrayContaining(expected));
    }
    expect(service?.HostConfig.Ulimits ?? []).toEqual([]);
    expect(ended.log).toContain("\n1024\n2048\n");
  }),
  limited("sysctls hold in build and helper", ({ build, helper, services: [service], ended }) => {
    for (const { HostConfig } of [build, helper]) expect(HostConfig.Sysctls).toEqual({ "net.core.somaxconn": "256" });
    expect(service?.HostConfig.Sysctls ?? {}).toEqual({});
    expect(ended.log).toContain("\n256\n");
  }),
  slots(
    "use_slot_cgroups puts jobs and services into the cgroups of their slot",
    (seen) => {
      const { build, helper, services } = seen;
      const parents = [build, helper, ...services].map(({ HostConfig }) => HostConfig.CgroupParent);
      expect(parents.map((parent) => parent?.replace(/\d+\.slice$/, "N.slice"))).toEqual([
        "longshore-jobN.slice",
        "longshore-jobN.slice",
        "longshore-serviceN.slice",
      ]);
    },
    "not before 18.6",
  ),
  {
    title: 'service_memory_swap = "-1" is no limit, as in Docker',
    config: { docker: 'service_memory = "256m"\nservice_memory_swap = "-1"' },
    prove: async (world) => {
      const { services } = await world.look({ script: ["true"], parts: { services: [idle()] } });
      expect(services[0]?.HostConfig.MemorySwap).toBe(-1);
    },
    differs: "it ends the whole agent there",
  },
  {
    title: "a limit that can't be read is a configuration error, and not no limit",
    config: { docker: 'memory = "much"' },
    job: { script: ["true"] },
    observed: { state: "failed", failureReason: "runner_configuration_error", log: ['memory = "much"'] },
    differs: "it ends the whole agent there",
  },
];
