import type { Evidence } from "../evidence.ts";
import { echoedCommands, isQuote, lastMatch, lastOutput } from "../lines.ts";

/** Of Go's clients: docker, buildx, compose. `/v2/` would be a registry, `/v1.41/` is a daemon. */
const request = /(?:Get|Head|Post|Put|Delete) "?https?:\/\/[^\s"/]+\/(?:v1\.\d+\/|_ping|version\b|info\b)/;
const clients: readonly RegExp[] = [
  request,
  /error during connect: /,
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
  /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) docker\b/,
  /Could not find a valid Docker environment/,
  /Could not find a working container runtime strategy/,
  /rootless Docker not found, failed to create Docker provider/,
];
/** What the runner's own checks say, when they end a job before its script. */
const own = /^the Docker daemon (?:of this job \(|\S+ can't be reached from the job)/;

/** A command that is not docker's own may live without a daemon: then it does not end with these words. */
const linesOfOthers = 60;

/** What counts when a job fails: the end of its last command's output, for the script went on after all others, and how it ended. */
export function lastWords({ output, failure }: Evidence): readonly string[] {
  const printed = lastOutput(output);
  const isDocker = /^(?:time )?docker(?:-compose)? (?!.*(?:\|\||;))/.test(echoedCommands(output).at(-1) ?? "");
  const heard = (isDocker ? printed : printed.slice(-linesOfOthers)).filter((line) => !isQuote(line));
  // How the runner fails to reach its own daemon is another matter.
  return failure?.exitCode === null && own.test(failure.message) ? [...heard, failure.message] : heard;
}

/** The last line about the way to a Docker daemon that matches. */
export function daemonWords(evidence: Evidence, pattern: RegExp): RegExpExecArray | null {
  return lastMatch(
    lastWords(evidence).filter((line) => isOfDaemon(line)),
    pattern,
  );
}

/** True when the job failed for its Docker daemon, as far as clients say it. */
export function failedForDaemon(evidence: Evidence): boolean {
  return lastWords(evidence).some((line) => isOfDaemon(line) || /lookup docker\b/.test(line));
}

function isOfDaemon(line: string): boolean {
  return own.test(line) || clients.some((pattern) => pattern.test(line));
}

/** Where the client went. */
export interface ClientAddress {
  readonly kind: "unix" | "tcp";
  /** Host name or socket's path. */
  readonly host: string;
  /** 0 for a socket, and where nothing says it. */
  readonly port: number;
}

/** The address that a line names, or else the one that the job's docker is told; null when neither says it. */
export function addressOf(line: string, { client }: Evidence): ClientAddress | null {
  const named = /(?:unix|tcp|https?):\/\/[^\s"']+/.exec(line)?.[0];
  const pool = /HTTPS?ConnectionPool\(host='([^']+)', port=(\d+)\)/.exec(line);
  if (pool !== null) return { kind: "tcp", host: pool[1] as string, port: Number(pool[2]) };
  return parseAddress(named ?? client.host);
}

function parseAddress(text: string): ClientAddress | null {
  const socket = /^unix:\/\/(\/[^\s;:]*)/.exec(text) ?? /^https?:\/\/(%2F[^/]+)/i.exec(text);
  if (socket !== null) {
    const path = (socket[1] as string).replaceAll(/%2F/gi, "/").replace(/\.$/, "");
    return { kind: "unix", host: path, port: 0 };
  }
  const tcp = /^(?:tcp|https?):\/\/(\[[^\]]+\]|[^/:\s;]+)(?::(\d+))?/.exec(text);
  return tcp === null ? null : { kind: "tcp", host: tcp[1] as string, port: Number(tcp[2] ?? 0) };
}
