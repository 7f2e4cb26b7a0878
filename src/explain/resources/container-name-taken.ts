import type { Rule } from "../rule.ts";
import { refused } from "./said.ts";
import { daemonForEachJob, whoseDaemon } from "./whose-daemon.ts";

const words = /Conflict\. The (?:container )?name \\?"\/?([^"\\]{1,255})\\?" is already in use by container/;

/** Two containers of one name: usually two jobs on one daemon, or one that an earlier job left. */
export const containerNameTaken: Rule = {
  name: "container-name-taken",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null || said.by === "runner") return null;
    const name = said.match[1] as string;
    const isShared = whoseDaemon(evidence) === "host";
    return {
      cause: isShared
        ? `the daemon is shared with other jobs, and one of them, or an earlier one, already has a container called "${name}"`
        : `the daemon already has a container called "${name}"`,
      seen: said.line,
      author: isShared
        ? `leave out --name and container_name:, or put $CI_JOB_ID into the name: --name "${name}-$CI_JOB_ID"`
        : `remove the first one (docker rm -f ${name}; docker run --rm), or leave out --name and container_name:`,
      admin: daemonForEachJob(evidence),
    };
  },
};
