import type { Evidence, ServiceEvidence } from "../evidence.ts";
import { lastMatch } from "../lines.ts";
import type { Finding, Rule } from "../rule.ts";
import { addressOf } from "./client-address.ts";
import { daemonWords } from "./client-words.ts";
import { endedByDocker, lastWords } from "./heard.ts";
import { askedDaemons, hasDied, jobDaemons, dockerHostFor, wireAgain } from "./job-daemon.ts";
import { waysToDaemon } from "./ways.ts";

/** What resolvers say: Go's own, musl's, glibc's, Node's. */
const unknownName =
  /lookup (\S+?)(?: on \S+)?: (?:no such host|Try again|Temporary failure in name resolution|Name does not resolve|server misbehaving|i\/o timeout)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (\S+)|host='([^']+)', port=237[56]\).*(?:Name or service not known|Temporary failure in name resolution|Name does not resolve|No address associated)/;
/** Without a word of docker's: only the very name of the job's daemon counts. */
const anyClient = /(?:[Cc]ould not resolve(?: host)?:? |lookup )"?([\w.-]+?)"?(?: on \S+)?(?:$|[\s:(])/;

/** The name of the daemon in DOCKER_HOST means nothing where docker runs. A daemon that died is told elsewhere. */
export const daemonNameUnknown: Rule = {
  name: "daemon-name-unknown",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, unknownName) ?? ofTheDaemon(evidence);
    if (match === null) return null;
    const host = match.slice(1).find((name) => name !== undefined) ?? "docker";
    const called = evidence.services.find(({ aliases }) => aliases.includes(host));
    if (askedDaemons(evidence, host).some(hasDied)) return null;
    // Where the service runs the job's own container knows its name.
    if (called?.state?.running === true && !endedByDocker(evidence)) return null;
    return { seen: match.input, ...causeOf(evidence, host, called) };
  },
};

function ofTheDaemon(evidence: Evidence): RegExpExecArray | null {
  const match = lastMatch(lastWords(evidence), anyClient);
  if (match === null) return null;
  const told = addressOf("", evidence);
  const isTold = told?.kind === "tcp" && match[1] === told.host;
  return isTold || (match[1] === "docker" && /\/\/docker:237[56]\b/.test(match.input)) ? match : null;
}

function causeOf(evidence: Evidence, host: string, called: ServiceEvidence | undefined): Omit<Finding, "seen"> {
  const [daemon] = jobDaemons(evidence);
  if (called !== undefined && called.state === null) {
    return {
      cause: `the service ${host} was not started, or is gone, so its name means nothing`,
      author: "look in the log for what it said when the job began: image and name of that service must be right",
      admin: "",
    };
  }
  // On a network without names services have none.
  if (called !== undefined || daemon?.aliases.length === 0) {
    return {
      cause: `the service ${called === undefined ? daemon?.name : host} runs, but the name ${host} is not known where docker ran: that network has no names of services`,
      author:
        "if docker ran inside a container of yours, give that container the daemon's address (--add-host) or its network",
      admin: "remove network_mode from [runners.docker]: host, none and container: networks know no services by name",
    };
  }
  if (daemon !== undefined) {
    const { aliases } = daemon;
    return {
      cause: `no service is called ${host}: the Docker daemon of this job is called ${aliases.join(", ")}`,
      author: `${wireAgain(evidence)}write alias: ${host} below - name: ${daemon.image}, or DOCKER_HOST: ${dockerHostFor(daemon)}`,
      admin: "",
    };
  }
  return {
    cause: `no service of this job is called ${host}, so docker finds no daemon there`,
    ...waysToDaemon(evidence),
  };
}
