import type { Evidence } from "../evidence.ts";
import { lastMatch } from "../lines.ts";
import { addressIn, addressOf } from "./client-address.ts";
import { lastWords, ofRunner } from "./heard.ts";

/** Of Go's clients: docker, buildx, compose. `/v2/` would be a registry, `/v1.41/` is a daemon. */
const request = /(?:Get|Head|Post|Put|Delete) "?https?:\/\/[^\s"/]+\/(?:v1\.\d+\/|_ping\b)/;
/** Asked of many servers: of a daemon only where the address is one's. */
const commonRequest = /(?:Get|Head) "?(https?:\/\/[^\s"/]+)\/(?:version|info)\b/;
const daemonsAddress = /%2F[^/]*sock$|:237[56]$/;
const clients: readonly RegExp[] = [
  request,
  /(?:failed|permission denied while trying) to connect to the docker API at /i,
  /the server probably has client authentication \(--tlsverify\) enabled/,
  /unable to resolve docker endpoint: /,
  /(?:Cannot|Couldn't) connect to (?:the )?Docker daemon/,
  /permission denied while trying to connect to the Docker daemon socket/,
  // docker-py, and docker-compose 1 with it.
  /Error while fetching server API version/,
  /HTTPS?ConnectionPool\(host='[^']+', port=237[56]\)/,
  // dockerode, and testcontainers' own words in their languages.
  /connect (?:ENOENT|EACCES|ECONNREFUSED) \S*docker\.sock/,
  /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) docker(?![\w.-])/,
  /Could not find a valid Docker environment/,
  /Could not find a working container runtime strategy/,
  /rootless Docker not found, failed to create Docker provider/,
];

/** The last line about the way to a Docker daemon that matches. */
export function daemonWords(evidence: Evidence, pattern: RegExp): RegExpExecArray | null {
  return lastMatch(linesOfDaemon(evidence), pattern);
}

/** True when the job failed for its Docker daemon, as far as clients say it. */
export function failedForDaemon(evidence: Evidence): boolean {
  return linesOfDaemon(evidence).length > 0 || lastWords(evidence).some((line) => /lookup docker(?![\w.-])/.test(line));
}

/** Host of the daemon that docker asked last, or its socket's path; "" when nothing says it: the runner asks all. */
export function askedHost(evidence: Evidence): string {
  const last = linesOfDaemon(evidence).at(-1) ?? "";
  return ofRunner.test(last) ? "" : (addressOf(last, evidence)?.host ?? "");
}

function linesOfDaemon(evidence: Evidence): readonly string[] {
  return lastWords(evidence).filter((line) => isOfDaemon(line, evidence));
}

function isOfDaemon(line: string, evidence: Evidence): boolean {
  if (ofRunner.test(line) || clients.some((pattern) => pattern.test(line))) return true;
  // Others have words like these as well.
  if (line.includes("error during connect: ") && /docker/i.test(line)) return true;
  const address = commonRequest.exec(line)?.[1];
  if (address === undefined) return false;
  return daemonsAddress.test(address) || addressIn(address)?.host === (addressOf("", evidence)?.host ?? "");
}
