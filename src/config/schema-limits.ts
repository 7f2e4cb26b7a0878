import { boolean, integer, map, text } from "./keys.ts";

/** Resource limits of build and helper containers. */
export const limitKeys = {
  memory: text("Memory limit, at least `4m`.", { example: '"512m"' }),
  memory_swap: text("Limit of memory and swap together."),
  memory_reservation: text("Soft memory limit."),
  cpus: text("Number of CPUs.", { example: '"1.5"' }),
  cpuset_cpus: text("CPUs to run on, for example `0,1`."),
  cpuset_mems: text("Memory nodes to use."),
  cpu_shares: integer("CPU weight; 0 for Docker's default."),
  cgroup_parent: text("Parent cgroup."),
  oom_kill_disable: boolean("Don't kill processes when memory runs out."),
  oom_score_adjust: integer("OOM score adjustment."),
  ulimit: map('Limits as `name = "soft[:hard]"`.'),
  pids_limit: integer(
    "Processes and threads of a container, so that a fork bomb ends there and not on the host; 0 or less for no limit.",
    { value: 8192 },
  ),
  shm_size: integer("Size of `/dev/shm`, of services too; 0 for Docker's default.", { unit: "bytes" }),
};

/** The same of service containers. */
export const serviceLimitKeys = {
  service_memory: text("Memory limit of each service."),
  service_memory_swap: text("Limit of memory and swap of each service."),
  service_memory_reservation: text("Soft memory limit of each service."),
  service_cpus: text("Number of CPUs of each service."),
  service_cpuset_cpus: text("CPUs that services run on."),
  service_cpu_shares: integer("CPU weight of each service; 0 for Docker's default."),
  service_pids_limit: integer("Processes and threads of each service; a dind's containers count as its own.", {
    value: 8192,
  }),
  service_cgroup_parent: text("Parent cgroup of services."),
  service_slot_cgroup_template: text("Name of a service's cgroup by slot.", {
    example: '"gitlab-runner/service-slot-${slot}"',
  }),
};
