import type { Rule } from "../rule.ts";
import { lastMatch } from "../lines.ts";
import { complained } from "./said.ts";

/** PostgreSQL, and whoever names the file. */
const words =
  /could not resize shared memory segment "[^"]*" to \d+ bytes: No space left on device|\/dev\/shm\/\S.*[Nn]o space left on device/;

/** /dev/shm has 64 MB unless somebody asks for more: databases and browsers want more. */
export const shmFull: Rule = {
  name: "shm-full",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode === null) return null;
    const admin = "[runners.docker] shm_size = 1073741824 (bytes; of services too)";
    const service = evidence.services.find(({ log }) => lastMatch(log, words) !== null);
    const said = service === undefined ? complained(evidence, words) : null;
    const seen = service === undefined ? said?.line : lastMatch(service.log, words)?.input.trim();
    if (seen === undefined) return null;
    return {
      cause: `/dev/shm ${service === undefined ? "" : `of the service ${service.name} `}is full: containers get 64 MB of it unless they are given more`,
      seen,
      author:
        "in a container of the job's own: docker run --shm-size=1g (compose: shm_size: 1gb); Chromium: --disable-dev-shm-usage",
      admin,
    };
  },
};
