import type { Evidence } from "../evidence.ts";
import type { Rule } from "../rule.ts";
import { addressIn, addressOf, type ClientAddress, defaultSocket } from "./client-address.ts";
import { daemonWords } from "./client-words.ts";
import { endedByDocker } from "./heard.ts";
import {
  askedDaemons,
  daemonCalled,
  daemonName,
  hasDied,
  isSelf,
  isUp,
  jobDaemons,
  listeningOf,
  wireAgain,
  dockerHostFor,
} from "./job-daemon.ts";
import { waysToDaemon } from "./ways.ts";

/** Nobody answered at an address: clients say no more than that. */
const nobody =
  /(?:Cannot|Couldn't) connect to (?:the )?Docker daemon|failed to connect to the docker API at .*check if the path is correct|dial (?:unix|tcp) \S+: connect: (?:no such file or directory|connection refused)|connect (?:ENOENT|ECONNREFUSED) \S*docker\.sock|Error while fetching server API version:.*(?:FileNotFoundError\(2|ConnectionRefusedError|Connection refused)|Could not find a (?:valid Docker environment|working container runtime strategy)|rootless Docker not found, failed to create Docker provider/;

interface Silence {
  readonly line: string;
  readonly address: ClientAddress;
  /** True when docker itself ended the script: what it looked for it needed. */
  readonly isDockers: boolean;
}

/** What docker tried to reach, when nobody was there; null when that is not why the job failed, or a daemon that died is. */
function silence(evidence: Evidence): Silence | null {
  const match = daemonWords(evidence, nobody);
  if (match === null) return null;
  const named = addressIn(match.input);
  const address = named ?? addressOf("", evidence) ?? defaultSocket;
  if (askedDaemons(evidence, address.host).some(hasDied)) return null;
  const isDockers = endedByDocker(evidence);
  // The runner tried out what it wired itself: a program that names no address looked somewhere else, or on purpose.
  if (!isDockers && (named === null || !isUsual(named, evidence)) && evidence.client.wiring !== "none") return null;
  return isDockers || isUsual(address, evidence) ? { line: match.input, address, isDockers } : null;
}

/** False for a socket that a test made for itself. */
function isUsual({ kind, host }: ClientAddress, evidence: Evidence): boolean {
  const told = addressOf("", evidence)?.host;
  return kind === "tcp" || [defaultSocket.host, "/run/docker.sock", told].includes(host);
}

/** No socket, no service: the job has nothing that docker could talk to. */
export const noDaemon: Rule = {
  name: "no-docker-daemon",
  of: "failed",
  explain: (evidence) => {
    const found = silence(evidence);
    if (found === null || found.address.kind !== "unix" || evidence.client.socket !== "") return null;
    if (jobDaemons(evidence).length > 0) return null;
    const { host } = found.address;
    return {
      cause: `this job has no Docker daemon: nothing is mounted at ${host}, and no service is one`,
      seen: found.line,
      ...waysToDaemon(evidence),
    };
  },
};

/** There is a daemon, and docker looks for it at the socket, because nobody told it where. */
export const dockerHostUnset: Rule = {
  name: "docker-host-unset",
  of: "failed",
  explain: (evidence) => {
    const found = silence(evidence);
    const [daemon] = jobDaemons(evidence);
    if (found === null || found.address.kind !== "unix" || evidence.client.socket !== "" || daemon === undefined)
      return null;
    // DOCKER_HOST names a daemon: only docker's own word counts against it.
    if (!found.isDockers && evidence.client.host !== "") return null;
    const listening = listeningOf(daemon);
    return {
      cause: `docker looked at the socket ${found.address.host}, and the daemon of this job is ${daemonName(daemon)} on TCP`,
      seen: found.line,
      author: daemon.isSidecar
        ? "remove DOCKER_HOST from variables: and from the script: the runner sets it"
        : `${wireAgain(evidence)}set DOCKER_HOST: "${dockerHostFor(daemon)}" in variables:${listening?.tls === false ? "" : " (with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH)"}`,
      admin: "",
    };
  },
};

/** A socket is mounted, and no daemon has it open. */
export const socketDead: Rule = {
  name: "docker-socket-dead",
  of: "failed",
  explain: (evidence) => {
    const found = silence(evidence);
    if (found === null || found.address.kind !== "unix" || evidence.client.socket === "") return null;
    if (!found.isDockers && evidence.daemon !== null) return null;
    const { socket, wiring } = evidence.client;
    return {
      cause: `${socket} of the daemon's host is mounted in the job, and no Docker daemon listens on it`,
      seen: found.line,
      author: "",
      admin:
        wiring === "socket"
          ? "set socket_path in [runners.docker.daemon] to the socket of a daemon that runs (systemctl status docker)"
          : `in volumes of [runners.docker], name the socket of a daemon that runs, or replace that line by wiring = "socket" in [runners.docker.daemon]`,
    };
  },
};

/** The daemon runs, and speaks on 2376 where docker asks on 2375, or the other way round. */
export const otherPort: Rule = {
  name: "daemon-on-other-port",
  of: "failed",
  explain: (evidence) => {
    const found = silence(evidence);
    if (found === null || found.address.kind !== "tcp") return null;
    const { host, port } = found.address;
    const daemon = daemonCalled(evidence, host);
    const listening = daemon === undefined ? null : listeningOf(daemon);
    if (daemon === undefined || listening === null || !isUp(daemon) || port === 0 || listening.port === port)
      return null;
    const how = listening.tls ? "with TLS" : "without TLS";
    return {
      cause: `${daemonName(daemon)} listens on port ${listening.port}, ${how}, and docker looked for it on ${port}`,
      seen: found.line,
      author: daemon.isSidecar
        ? "remove DOCKER_HOST from variables: and from the script: the runner sets it"
        : listening.tls
          ? `${wireAgain(evidence)}set DOCKER_HOST: "tcp://${host}:${listening.port}" and DOCKER_TLS_VERIFY: "1", or DOCKER_TLS_CERTDIR: "" for no TLS`
          : `${wireAgain(evidence)}set DOCKER_HOST: "tcp://${host}:${listening.port}", or DOCKER_TLS_CERTDIR: "/certs" for TLS on 2376`,
      admin: "",
    };
  },
};

/** The daemon is on its way, and docker did not wait. */
export const daemonNotUp: Rule = {
  name: "daemon-not-ready",
  of: "failed",
  explain: (evidence) => {
    const found = silence(evidence);
    if (found === null || found.address.kind !== "tcp") return null;
    const daemon = daemonCalled(evidence, found.address.host);
    if (daemon === undefined || daemon.state?.running !== true || isUp(daemon) || daemon.log.length === 0) return null;
    return {
      cause: `${daemonName(daemon)} was still starting when docker asked for it`,
      seen: found.line,
      author: evidence.client.autowire
        ? "wait for it in the script: until docker info; do sleep 1; done"
        : 'remove LONGSHORE_DIND_AUTOWIRE: "false" from variables:, so that the job waits for it, or write until docker info; do sleep 1; done',
      admin: "",
    };
  },
};

/** An address of no service of the job. */
export const nothingListens: Rule = {
  name: "nothing-listens",
  of: "failed",
  explain: (evidence) => {
    const found = silence(evidence);
    if (found === null || found.address.kind !== "tcp") return null;
    const { host, port } = found.address;
    if (evidence.services.some(({ aliases, isDaemon }) => isDaemon && aliases.includes(host))) return null;
    const service = evidence.services.find(({ aliases }) => aliases.includes(host));
    const [daemon] = jobDaemons(evidence);
    return {
      cause: isSelf(host)
        ? `docker looked for a daemon on ${host}, which is the job's own container: none runs there`
        : service === undefined
          ? `no Docker daemon answers at ${host}${port === 0 ? "" : `:${port}`}`
          : `the service ${service.name} is no Docker daemon, and docker was told that one is at ${host}`,
      seen: found.line,
      ...(daemon === undefined || daemon.isSidecar
        ? waysToDaemon(evidence)
        : { author: `${wireAgain(evidence)}set DOCKER_HOST: "${dockerHostFor(daemon)}" in variables:`, admin: "" }),
    };
  },
};
