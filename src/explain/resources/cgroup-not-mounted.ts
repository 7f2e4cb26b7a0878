import type { Rule } from "../rule.ts";
import { deadDaemonSaid, refused } from "./said.ts";

const words = /cgroups: cgroup mountpoint does not exist|[Dd]evices cgroup isn't mounted/;

/** Daemons before 20.10 know cgroup v1 only. */
export const cgroupNotMounted: Rule = {
  name: "cgroup-not-mounted",
  of: "failed",
  explain: (evidence) => {
    const seen = deadDaemonSaid(evidence, words) ?? refused(evidence, words)?.line;
    if (seen === undefined || evidence.daemon === null) return null;
    if (evidence.daemon.cgroupVersion === "2")
      return {
        cause: "this host has cgroup v2, and the daemon inside the job is too old to know it (Docker before 20.10)",
        seen,
        author: "use a newer dind: services: [docker:27-dind]",
        admin: "",
      };
    return {
      cause: "the daemon inside the job finds no cgroups: it was started without dind's entrypoint, which mounts them",
      seen,
      author: "start it as the dind image does (no entrypoint: of your own; dockerd-entrypoint.sh instead of dockerd)",
      admin: "",
    };
  },
};
