import type { Rule } from "../rule.ts";

const MiB = 1024 * 1024;

/** Docker saw the kernel kill a process of the build container for want of memory. */
export const outOfMemory: Rule = {
  name: "out-of-memory",
  of: "failed",
  explain: ({ failure, build }) => {
    const exitCode = failure?.exitCode ?? null;
    if (exitCode === null || build.state?.oomKilled !== true) return null;
    const limit = build.memoryLimit;
    const size = limit > 0 ? `${Math.round(limit / MiB)} MiB` : "";
    return {
      cause:
        limit > 0
          ? `the job used more memory than its limit of ${size}, and the kernel killed a process of it`
          : "the Docker host ran out of memory, and the kernel killed a process of the job",
      seen: `state of the build container: OOMKilled, exit code ${exitCode}`,
      author:
        "use less: fewer parallel workers (make -j2, jest --maxWorkers=2), a smaller heap (NODE_OPTIONS=--max-old-space-size, -Xmx)",
      admin:
        limit > 0
          ? `memory = "${Math.round((limit * 2) / MiB)}m" in [runners.docker] (now ${size}; memory_swap as well where it is set)`
          : "lower concurrent in config.toml, or set memory in [runners.docker] so that no job takes all of the host's",
    };
  },
};
