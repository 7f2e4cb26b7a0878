import { type Check, pass, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Whether the limits that config.toml sets hold on that host. */
export const cgroupCheck: Check<DoctorContext> = {
  name: "cgroup",
  needs: ["daemon"],
  limitMs: 5_000,
  run: async (context) => {
    const { docker } = context.runner;
    const [{ facts }, { cgroupDriver, canLimitCpu, canLimitMemory }] = await Promise.all([
      context.daemon(),
      context.report(),
    ]);
    const memory = docker.memory !== "" || docker.service_memory !== "";
    const cpus = docker.cpus !== "" || docker.service_cpus !== "";
    const lost = [...(memory && !canLimitMemory ? ["memory"] : []), ...(cpus && !canLimitCpu ? ["cpus"] : [])];
    const version = `cgroup version ${facts.cgroupVersion || "1"}, driver ${cgroupDriver}`;
    if (lost.length === 0) return pass(version);
    return warn(
      `the daemon can't hold jobs to the limits that are set (${lost.join(", ")}): ${version}`,
      "enable the controllers: boot with cgroup_enable=memory, or for rootless Docker delegate them to the user in systemd (Delegate=cpu memory)",
    );
  },
};
