import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { askedHost, failedForDaemon } from "./client-words.ts";
import { askedDaemons, hasDied, plainLine, shortName } from "./job-daemon.ts";

const inUse =
  /timeout waiting for containerd to start|volume store metadata database: timeout|pid file found, ensure docker is not running|process with PID \d+ is still running|(?:boltdb|\.db).*(?:timeout|resource temporarily unavailable)/;
const storageDriver = /error initializing graphdriver: (.*)|prior storage driver (\S+) failed/;

/** Two daemons on one data directory: the second waits for the first one's locks, and ends. */
export const dindDataInUse: Rule = {
  name: "dind-data-in-use",
  of: "failed",
  explain: (evidence) => {
    if (!failedForDaemon(evidence)) return null;
    for (const service of askedDaemons(evidence, askedHost(evidence))) {
      const match = lastMatch(service.log, inUse);
      if (match === null || !hasDied(service)) continue;
      return {
        cause: `${shortName(service)} could not start: another Docker daemon uses the same data directory`,
        seen: plainLine(match.input),
        author: "",
        admin:
          'take the volume at /var/lib/docker out of volumes in [runners.docker]; storage = "leased" in [runners.docker.daemon] keeps layers without sharing them',
      };
    }
    return null;
  },
};

/** The storage driver that was asked for, or that the data directory was made with, does not work there. */
export const dindStorageDriver: Rule = {
  name: "dind-storage-driver",
  of: "failed",
  explain: (evidence) => {
    if (!failedForDaemon(evidence)) return null;
    for (const service of askedDaemons(evidence, askedHost(evidence))) {
      const match = lastMatch(service.log, storageDriver);
      if (match === null || !hasDied(service)) continue;
      return {
        cause: `${shortName(service)} could not start: its storage driver does not work where its data is`,
        seen: plainLine(match.input),
        author: service.isSidecar
          ? "remove DOCKER_DRIVER from variables:"
          : "remove DOCKER_DRIVER from variables: and --storage-driver from the service's command:, so that it finds one itself",
        admin: service.isSidecar
          ? "remove --storage-driver from command in [runners.docker.daemon]"
          : "if a volume is mounted at /var/lib/docker, it must lie on ext4 or xfs, and have been made with the same driver",
      };
    }
    return null;
  },
};
