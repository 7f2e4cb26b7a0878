import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { jobDaemons, plainLine, shortName } from "./job-daemon.ts";

/** Only where nobody said whether the daemon is to use TLS does dockerd wait, and says so. */
const wait =
  /Startup is intentionally being slowed down|without authentication or explicit intent to run without authentication/;

/** Fifteen seconds of every job. */
export const plainTcpWait: Rule = {
  name: "plain-tcp-wait",
  of: "any",
  explain: (evidence) => {
    for (const service of jobDaemons(evidence)) {
      const match = lastMatch(service.log, wait);
      if (match === null) continue;
      return {
        cause: `${shortName(service)} waits 15 s before it starts, because it is to listen on TCP and nobody decided about TLS`,
        seen: plainLine(match.input),
        author: evidence.client.autowire
          ? 'write command: ["--tls=false"] for that service, or set DOCKER_TLS_CERTDIR: "/certs" in variables:'
          : 'remove LONGSHORE_DIND_AUTOWIRE: "false" from variables:, or write command: ["--tls=false"] for that service',
        admin: service.isSidecar ? "take --host=tcp:// out of command in [runners.docker.daemon]" : "",
      };
    }
    return null;
  },
};
