import type { Rule } from "../rule.ts";
import { deadDaemonSaid, refused } from "./said.ts";

const words =
  /cannot enter cgroupv2 \\?"[^"]*" with domain controllers -- it is in (?:an invalid state|(?:domain )?threaded mode)/;

/** A daemon in a container must not have processes beside its containers in the root of its cgroup; dind's entrypoint moves them. */
export const cgroupV2State: Rule = {
  name: "cgroup-v2-state",
  of: "failed",
  explain: (evidence) => {
    const seen = deadDaemonSaid(evidence, words) ?? refused(evidence, words)?.line;
    if (seen === undefined) return null;
    return {
      cause: "a daemon inside a container was started without dind's entrypoint, which prepares cgroup v2 for it",
      seen,
      author: "start it as the dind image does (no entrypoint: of your own; dockerd-entrypoint.sh instead of dockerd)",
      admin: '[runners.docker.daemon] wiring = "dind" gives each job a daemon that is started so',
    };
  },
};
