import type { DockerConfig } from "../config/schema.ts";
import { requireIpAddresses } from "./addresses.ts";
import { parseGpus } from "./gpus.ts";
import { requireLogOptions } from "./log-options.ts";
import type { HostSettings } from "./host-options.ts";
import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import { memoryBytes, nanoCpus } from "./sizes.ts";

const defaultSlotCgroup = "gitlab-runner/slot-${slot}";

export interface HostContext {
  /** Expanded slot_cgroup_template, or "" when slots have no cgroup of their own. */
  readonly slotCgroup: string;
  readonly serviceSlotCgroup: string;
  /** FF_USE_INIT_WITH_DOCKER_EXECUTOR. */
  readonly init: boolean;
}

/** What host settings depend on beside config.toml's [runners.docker]; services without a template of their own share the job's. */
export function hostContext({ runner, slot }: PlanInput, init: boolean): HostContext {
  const cgroup = (template: string) =>
    runner.use_slot_cgroups
      ? (template === "" ? defaultSlotCgroup : template).replaceAll("${slot}", String(slot.runner))
      : "";
  const { service_slot_cgroup_template: ofServices } = runner.docker;
  return {
    slotCgroup: cgroup(runner.slot_cgroup_template),
    serviceSlotCgroup: cgroup(ofServices === "" ? runner.slot_cgroup_template : ofServices),
    init,
  };
}

/** Settings of build and helper containers. `isBuild` adds what only the build container gets. */
export function jobHostSettings(
  docker: DockerConfig,
  context: HostContext,
  privileged: boolean,
  isBuild: boolean,
): HostSettings {
  return {
    memory: memoryBytes("memory", docker.memory),
    memorySwap: memoryBytes("memory_swap", docker.memory_swap),
    memoryReservation: memoryBytes("memory_reservation", docker.memory_reservation),
    nanoCpus: nanoCpus("cpus", docker.cpus),
    pidsLimit: Math.max(0, docker.pids_limit),
    cpusetCpus: docker.cpuset_cpus,
    cpusetMems: docker.cpuset_mems,
    cpuShares: docker.cpu_shares,
    cgroupParent: context.slotCgroup === "" ? docker.cgroup_parent : context.slotCgroup,
    ...sharedSettings(docker),
    privileged,
    groupAdd: docker.group_add,
    capAdd: docker.cap_add,
    capDrop: docker.cap_drop,
    securityOpt: docker.security_opt,
    devices: docker.devices.map(parseDevice),
    deviceCgroupRules: docker.device_cgroup_rules,
    gpus: parseGpus("gpus", docker.gpus),
    oomKillDisable: docker.oom_kill_disable,
    oomScoreAdj: docker.oom_score_adjust,
    ulimits: ulimitsOf(docker),
    sysctls: docker.sysctls,
    tmpfs: docker.tmpfs,
    ipcMode: docker.ipcmode,
    pidMode: isBuild ? docker.pid_mode : "",
    links: docker.links,
    volumesFrom: docker.volumes_from,
    volumeDriver: docker.volume_driver,
    init: isBuild && context.init,
  };
}

/** Settings of a service container. */
export function serviceHostSettings(
  docker: DockerConfig,
  context: HostContext,
  privileged: boolean,
  devices: readonly string[],
): HostSettings {
  return {
    memory: memoryBytes("service_memory", docker.service_memory),
    memorySwap: memoryBytes("service_memory_swap", docker.service_memory_swap),
    memoryReservation: memoryBytes("service_memory_reservation", docker.service_memory_reservation),
    nanoCpus: nanoCpus("service_cpus", docker.service_cpus),
    pidsLimit: Math.max(0, docker.service_pids_limit),
    cpusetCpus: docker.service_cpuset_cpus,
    cpusetMems: "",
    cpuShares: docker.service_cpu_shares,
    cgroupParent: context.serviceSlotCgroup === "" ? docker.service_cgroup_parent : context.serviceSlotCgroup,
    ...sharedSettings(docker),
    privileged,
    groupAdd: [],
    capAdd: [],
    capDrop: [],
    securityOpt: docker.services_security_opt,
    devices: devices.map(parseDevice),
    deviceCgroupRules: [],
    gpus: parseGpus("service_gpus", docker.service_gpus),
    oomKillDisable: false,
    oomScoreAdj: 0,
    ulimits: [],
    sysctls: {},
    tmpfs: docker.services_tmpfs,
    ipcMode: "",
    pidMode: "",
    links: [],
    volumesFrom: [],
    volumeDriver: "",
    init: context.init,
  };
}

function sharedSettings(docker: DockerConfig) {
  return {
    dns: requireIpAddresses(docker.dns),
    dnsSearch: docker.dns_search,
    extraHosts: docker.extra_hosts,
    runtime: docker.runtime,
    usernsMode: docker.userns_mode,
    shmSize: docker.shm_size,
    logOptions: requireLogOptions(docker.log_options),
  };
}

/** An entry of `devices` of config.toml. */
export function parseDevice(text: string): HostSettings["devices"][number] {
  const [host = "", container = host, permissions = "rwm", ...rest] = text.split(":");
  if (host === "" || rest.length > 0) {
    throw configurationRefusal(
      "CONFIG_DEVICE",
      `"${text}" is not a device`,
      "write it like /dev/fuse or /dev/a:/dev/b:rwm",
      "admin",
    );
  }
  return { host, container: container === "" ? host : container, permissions };
}

/** `ulimit` of config.toml. */
export function ulimitsOf(docker: DockerConfig): HostSettings["ulimits"] {
  return Object.entries(docker.ulimit).map(([name, value]) => parseUlimit(name, value));
}

export function parseUlimit(name: string, text: string): HostSettings["ulimits"][number] {
  const match = /^([+-]?\d+)(?::([+-]?\d+))?$/.exec(text);
  if (!match) {
    throw configurationRefusal(
      "CONFIG_ULIMIT",
      `ulimit ${name} = "${text}" is not a limit`,
      'write it like "1024" or "1024:4096"',
      "admin",
    );
  }
  return { name, soft: Number(match[1]), hard: Number(match[2] ?? match[1]) };
}
