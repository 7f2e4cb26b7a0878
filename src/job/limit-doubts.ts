import type { Doubt } from "../config/problem.ts";
import type { DockerConfig } from "../config/schema.ts";
import { ulimitsOf } from "./host-settings.ts";
import { memoryBytes } from "./sizes.ts";

/** Since Docker 20.10. */
const leastMemory = 6 * 1024 * 1024;
const cpuSet = /^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/;
const limitNames =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(" ");
const refuses = "which the Docker daemon refuses";

/** Limits that can be read, and that a Docker daemon starts no container with. Another engine may. */
export function limitDoubts(docker: DockerConfig): Doubt[] {
  const doubt = (key: string, text: string, hint: string): Doubt => ({ path: ["docker", key], text, hint });
  const doubts = [...memoryDoubts(docker, ""), ...memoryDoubts(docker, "service_")];
  for (const key of ["cpuset_cpus", "cpuset_mems", "service_cpuset_cpus"] as const) {
    if (docker[key] === "" || cpuSet.test(docker[key])) continue;
    doubts.push(
      doubt(key, `found ${JSON.stringify(docker[key])}, ${refuses}`, 'write it like "0-3,6", without spaces'),
    );
  }
  if (docker.shm_size < 0) doubts.push(doubt("shm_size", `is negative, ${refuses}`, "write a number of bytes, or 0"));
  for (const key of ["cpu_shares", "service_cpu_shares"] as const) {
    if (docker[key] < 0) doubts.push(doubt(key, `is negative, ${refuses}`, "write a positive number, or 0"));
  }
  if (Math.abs(docker.oom_score_adjust) > 1000)
    doubts.push(doubt("oom_score_adjust", `is not from -1000 to 1000, ${refuses}`, "write a number between these"));
  for (const { name, soft, hard } of ulimitsOf(docker)) {
    const path = ["docker", "ulimit", name];
    const isAbove = hard !== -1 && (soft === -1 || soft > hard);
    if (!limitNames.includes(name))
      doubts.push({ path, text: `there is no such limit, ${refuses}`, hint: `use one of ${limitNames.join(", ")}` });
    else if (isAbove)
      doubts.push({ path, text: `the soft limit is above the hard one, ${refuses}`, hint: "swap them" });
  }
  return doubts;
}

function memoryDoubts(docker: DockerConfig, prefix: "" | "service_"): Doubt[] {
  const bytes = (key: "memory" | "memory_swap" | "memory_reservation") => memoryBytes(key, docker[`${prefix}${key}`]);
  const [memory, swap, reservation] = [bytes("memory"), bytes("memory_swap"), bytes("memory_reservation")];
  const doubt = (key: string, text: string, hint: string): Doubt[] => [
    { path: ["docker", `${prefix}${key}`], text: `${text}, ${refuses}`, hint },
  ];
  return [
    ...(memory !== 0 && memory < leastMemory ? doubt("memory", "is less than 6m", 'write it like "512m"') : []),
    ...(swap > 0 && memory === 0
      ? doubt("memory_swap", `is set without ${prefix}memory`, `set ${prefix}memory, or remove it`)
      : []),
    ...(memory > 0 && swap > 0 && swap < memory
      ? doubt("memory_swap", `is less than ${prefix}memory`, "write memory and swap together")
      : []),
    ...(memory > 0 && reservation > memory
      ? doubt("memory_reservation", `is more than ${prefix}memory`, `write less than ${prefix}memory`)
      : []),
  ];
}
