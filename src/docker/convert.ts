import type Docker from "dockerode";
import type { GpuRequest } from "../job/gpus.ts";
import type { HostSettings } from "../job/host-options.ts";
import type { ContainerSpec } from "../job/plan.ts";

/** Where a container is attached. */
export type ContainerNetwork =
  /** A user-defined network, by name: the container's aliases apply. */
  | { readonly kind: "named"; readonly name: string }
  /** A network mode of the daemon: "" (default bridge), host, none, container:ID. */
  | { readonly kind: "mode"; readonly mode: string };

/**
 * The local driver is several times faster than json-file (which is used only where log options need it). Files are
 * kept large and uncompressed: what an agent that died has not read yet must still be there.
 */
const logLimits = { "max-size": "256m", "max-file": "2" };
const logConfig = { Type: "local", Config: { ...logLimits, compress: "false" } };

/** A ContainerSpec as the Docker API's ContainerCreate wants it. Pure. */
export function containerOptions(
  spec: ContainerSpec,
  image: string,
  network: ContainerNetwork,
): Docker.ContainerCreateOptions {
  return {
    name: spec.name,
    Image: image,
    ...(spec.platform === "" ? {} : { platform: spec.platform }),
    ...(spec.hostname === "" ? {} : { Hostname: spec.hostname }),
    ...(spec.user === "" ? {} : { User: spec.user }),
    ...(spec.workingDir === "" ? {} : { WorkingDir: spec.workingDir }),
    ...(spec.entrypoint === null ? {} : { Entrypoint: [...spec.entrypoint] }),
    ...(spec.command === null ? {} : { Cmd: [...spec.command] }),
    Env: [...spec.env],
    Labels: { ...spec.labels },
    Tty: false,
    ...(spec.stdin
      ? { OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true }
      : {}),
    HostConfig: {
      ...hostConfig(spec.host),
      Binds: [...spec.binds],
      NetworkMode: networkMode(network),
      ...(spec.autoRemove === true ? { AutoRemove: true } : {}),
    },
    ...(spec.mac?.place === "container" ? { MacAddress: spec.mac.address } : {}),
    ...endpoints(spec, network),
  };
}

function endpoints(
  spec: ContainerSpec,
  network: ContainerNetwork,
): Pick<Docker.ContainerCreateOptions, "NetworkingConfig"> {
  const mac = spec.mac?.place === "endpoint" ? { MacAddress: spec.mac.address } : {};
  if (network.kind === "named")
    return { NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: [...spec.aliases], ...mac } } } };
  if (spec.mac?.place !== "endpoint") return {};
  return { NetworkingConfig: { EndpointsConfig: { [networkMode(network)]: mac } } };
}

function networkMode(network: ContainerNetwork): string {
  if (network.kind === "named") return network.name;
  return network.mode === "" ? "default" : network.mode;
}

function hostConfig(host: HostSettings): Docker.HostConfig {
  return {
    LogConfig: hasOptions(host) ? { Type: "json-file", Config: { ...host.logOptions, ...logLimits } } : logConfig,
    RestartPolicy: { Name: "no" },
    Memory: host.memory,
    MemorySwap: host.memorySwap,
    MemoryReservation: host.memoryReservation,
    NanoCpus: host.nanoCpus,
    CpusetCpus: host.cpusetCpus,
    CpusetMems: host.cpusetMems,
    CpuShares: host.cpuShares,
    CgroupParent: host.cgroupParent,
    Dns: [...host.dns],
    DnsSearch: [...host.dnsSearch],
    ExtraHosts: [...host.extraHosts],
    Privileged: host.privileged,
    GroupAdd: [...host.groupAdd],
    CapAdd: [...host.capAdd],
    CapDrop: [...host.capDrop],
    SecurityOpt: [...host.securityOpt],
    Devices: host.devices.map((device) => ({
      PathOnHost: device.host,
      PathInContainer: device.container,
      CgroupPermissions: device.permissions,
    })),
    DeviceCgroupRules: [...host.deviceCgroupRules],
    ...(host.gpus === null ? {} : { DeviceRequests: [deviceRequest(host.gpus)] }),
    OomKillDisable: host.oomKillDisable,
    OomScoreAdj: host.oomScoreAdj,
    Ulimits: host.ulimits.map((limit) => ({ Name: limit.name, Soft: limit.soft, Hard: limit.hard })),
    Sysctls: { ...host.sysctls },
    ShmSize: host.shmSize,
    ...(host.pidsLimit > 0 ? { PidsLimit: host.pidsLimit } : {}),
    Tmpfs: { ...host.tmpfs },
    IpcMode: host.ipcMode,
    PidMode: host.pidMode,
    UsernsMode: host.usernsMode,
    Runtime: host.runtime,
    Links: [...host.links],
    VolumesFrom: [...host.volumesFrom],
    ...(host.volumeDriver === "" ? {} : { VolumeDriver: host.volumeDriver }),
    ...(host.init ? { Init: true } : {}),
  };
}

function hasOptions({ logOptions }: HostSettings): boolean {
  return Object.keys(logOptions).length > 0;
}

function deviceRequest(gpus: GpuRequest): Docker.DeviceRequest {
  return {
    Driver: gpus.driver,
    Count: gpus.count,
    DeviceIDs: [...gpus.deviceIds],
    Capabilities: [[...gpus.capabilities]],
    Options: { ...gpus.options },
  };
}
