import { lastLineWith } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { askedHost, failedForDaemon } from "./client-words.ts";
import { askedDaemons, hasDied, plainLine, shortName } from "./job-daemon.ts";

/** What dockerd and its entrypoint say when the kernel lets them do nothing. */
const signs: readonly (readonly RegExp[])[] = [
  [/ip6?tables/, /Permission denied \(you must be root\)/],
  [/mount: permission denied \(are you root\?\)/],
  [/Could not mount \/sys\/kernel\/security/],
  [/ip6?tables/, /[Oo]peration not permitted/],
  [/ip link|Devices cgroup|[Mm]ount/, /[Oo]peration not permitted/],
  [/cgroup/i, /read-only file system|permission denied/i],
];

/** A dind that is not privileged can't set up mounts, cgroups and firewall, and ends within a second. */
export const dindPrivilege: Rule = {
  name: "dind-not-privileged",
  of: "failed",
  explain: (evidence) => {
    if (!failedForDaemon(evidence)) return null;
    for (const service of askedDaemons(evidence, askedHost(evidence))) {
      if (service.privileged || !hasDied(service)) continue;
      const sign = signs.map((patterns) => lastLineWith(service.log, patterns)).find((line) => line !== null);
      if (sign == null) continue;
      return {
        cause: `the service ${shortName(service)} is a Docker daemon and could not start, because it is not privileged`,
        seen: plainLine(sign),
        author: service.image.includes("rootless")
          ? ""
          : "ask the runner's admin, or use a runner that gives jobs a Docker daemon",
        admin: `services_privileged = true in [runners.docker] (with allowed_privileged_services = ["${service.image}"]), or wiring = "dind" in [runners.docker.daemon]`,
      };
    }
    return null;
  },
};
