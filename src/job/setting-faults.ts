import type { Problem } from "../config/problem.ts";
import type { DockerConfig, RunnerConfig } from "../config/schema.ts";
import { macAddressOf, requireIpAddresses } from "./addresses.ts";
import { requireDirectory } from "./directories.ts";
import { requireIsolation } from "./docker-warnings.ts";
import { parseGpus } from "./gpus.ts";
import { parseDevice, parseUlimit } from "./host-settings.ts";
import { requireLogOptions } from "./log-options.ts";
import { requireSidecarImage } from "./plan-sidecar.ts";
import { readVolumes } from "./plan-volumes.ts";
import { requireNames } from "./plan-wiring.ts";
import { JobRefusal } from "./refusal.ts";
import { memoryBytes, nanoCpus } from "./sizes.ts";

type Place = Problem["path"];

const memoryKeys = [
  "memory",
  "memory_swap",
  "memory_reservation",
  "service_memory",
  "service_memory_swap",
  "service_memory_reservation",
] as const;

/** What jobs would be refused for when they are planned: values that nobody can read, found before a job comes. */
export function settingFaults({ builds_dir, docker }: Pick<RunnerConfig, "builds_dir" | "docker">): Problem[] {
  return [
    ...refusal(["builds_dir"], () => requireDirectory(builds_dir)),
    ...refusal(["docker", "mac_address"], () => macAddressOf(docker, "")),
    ...each(["docker", "dns"], docker.dns, (address) => requireIpAddresses([address])),
    ...refusal(["docker", "log_options"], () => requireLogOptions(docker.log_options)),
    ...refusal(["docker", "isolation"], () => requireIsolation(docker.isolation)),
    ...memoryKeys.flatMap((key) => refusal(["docker", key], () => memoryBytes(key, docker[key]))),
    ...(["cpus", "service_cpus"] as const).flatMap((key) => refusal(["docker", key], () => nanoCpus(key, docker[key]))),
    ...(["gpus", "service_gpus"] as const).flatMap((key) =>
      refusal(["docker", key], () => parseGpus(key, docker[key])),
    ),
    ...Object.entries(docker.ulimit).flatMap(([name, value]) =>
      refusal(["docker", "ulimit", name], () => parseUlimit(name, value)),
    ),
    ...each(["docker", "devices"], docker.devices, parseDevice),
    ...Object.entries(docker.services_devices).flatMap(([pattern, devices]) =>
      each(["docker", "services_devices", pattern], devices, parseDevice),
    ),
    // What a variable is, only a job knows.
    ...each(["docker", "volumes"], docker.volumes, (volume) =>
      readVolumes([volume], (text) => (text.includes("$") ? "/of-a-job" : text)),
    ),
    ...daemonFaults(docker),
  ];
}

function daemonFaults({ daemon, network_mode }: DockerConfig): Problem[] {
  if (daemon?.wiring !== "dind") return [];
  const at = (key: string): Place => ["docker", "daemon", key];
  return [
    ...refusal(["docker", "network_mode"], () => requireNames(network_mode)),
    ...refusal(at("image"), () => requireSidecarImage(daemon.image)),
    ...refusal(at("storage_max_size"), () => memoryBytes("storage_max_size", daemon.storage_max_size)),
  ];
}

function each(path: Place, values: readonly string[], judge: (value: string) => unknown): Problem[] {
  return values.flatMap((value, index) => refusal([...path, index], () => judge(value)));
}

function refusal(path: Place, judge: () => unknown): Problem[] {
  try {
    judge();
    return [];
  } catch (error) {
    if (!(error instanceof JobRefusal)) throw error;
    return [{ code: error.code, path, text: error.message, hint: error.hint }];
  }
}
