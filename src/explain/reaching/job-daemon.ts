import type { Evidence, ServiceEvidence } from "../evidence.ts";
import { lastMatch } from "../lines.ts";

/** Services of the job that are Docker daemons, the runner's sidecar among them. */
export function jobDaemons({ services }: Evidence): readonly ServiceEvidence[] {
  return services.filter(({ isDaemon }) => isDaemon);
}

/** An address may be anybody's, while a name that no service is known by may be one that was added to the only daemon. */
const isAddress = /^(?:[\d.]+|\[.*\]|localhost)$/;

/** The daemon under this name, or else the only one that the job has. */
export function daemonCalled(evidence: Evidence, host: string): ServiceEvidence | undefined {
  const called = evidence.services.find(({ aliases }) => aliases.includes(host));
  if (called !== undefined) return called.isDaemon ? called : undefined;
  const daemons = jobDaemons(evidence);
  return daemons.length === 1 && !isAddress.test(host) ? daemons[0] : undefined;
}

/** The daemons that this name may mean: the one of that name, or else all; none on the job's own `localhost`. */
export function askedDaemons(evidence: Evidence, host: string): readonly ServiceEvidence[] {
  if (isSelf(host)) return [];
  const called = evidence.services.find(({ aliases }) => aliases.includes(host));
  return called === undefined ? jobDaemons(evidence) : called.isDaemon ? [called] : [];
}

/** True for the job's own container. */
export function isSelf(host: string): boolean {
  return /^(?:localhost$|127\.|\[::1\])/.test(host);
}

export function hasDied({ state }: ServiceEvidence): boolean {
  return state !== null && !state.running;
}

/** How a daemon listens on TCP, as its log or its environment says; null when neither does. */
export function listeningOf({ log, environment }: ServiceEvidence): { port: number; tls: boolean } | null {
  const directory = environment.find((entry) => entry.startsWith("DOCKER_TLS_CERTDIR="))?.split("=", 2)[1];
  const said = lastMatch(log, /API listen on (?:\[[^\]]*\]|[\d.]+):(\d+)/);
  if (said !== null) {
    const port = Number(said[1]);
    return { port, tls: port === 2376 || (port !== 2375 && (directory ?? "") !== "") };
  }
  if (directory === undefined) return null;
  return directory === "" ? { port: 2375, tls: false } : { port: 2376, tls: true };
}

/** True when the daemon said that its API can be used. */
export function isUp({ log, state }: ServiceEvidence): boolean {
  return state?.running === true && lastMatch(log, /API listen on /) !== null;
}

const farewells =
  /(?:failed to (?:start daemon|create API server|start containerd|load listeners|start cluster)|unable to configure the Docker daemon|unknown (?:shorthand )?flag|invalid argument|error (?:during|initializing) |panic: |level=fatal|exec format error|not found$)/;

/** What a daemon said when it ended: the line that tells why, or its last one; "" when it said nothing. */
export function farewellOf({ log, state }: ServiceEvidence): string {
  const last = lastMatch(log, farewells)?.input ?? log.at(-1) ?? state?.error ?? "";
  return plainLine(last);
}

/** A line of dockerd's log without time and level. */
export function plainLine(line: string): string {
  const message = /^time="[^"]*" level=\w+ msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
  return (message ?? line).replaceAll('\\"', '"').replaceAll("\\n", " ").trim();
}

/** Without the query of an address, and with its beginning and its end where it is long still. */
export function shortLine(line: string): string {
  const short = line.trim().replace(/(https?:\/\/[^\s"?]+)\?[^\s"]+/g, "$1?…");
  return short.length <= 190 ? short : `${short.slice(0, 80)} … ${short.slice(-105)}`;
}

/** An image's name without registry and group. */
export function shortName({ name }: ServiceEvidence): string {
  return name.split("/").at(-1) as string;
}

/** What DOCKER_HOST has to be for a daemon of the job's own. */
export function dockerHostFor(service: ServiceEvidence): string {
  const { aliases } = service;
  const name = aliases.includes("docker") ? "docker" : (aliases[0] ?? "docker");
  return `tcp://${name}:${listeningOf(service)?.port ?? 2376}`;
}

/** First words of an author's fix where the job itself turned off what would have helped. */
export function wireAgain({ client }: Evidence): string {
  return client.autowire ? "" : 'remove LONGSHORE_DIND_AUTOWIRE: "false" from variables:, or ';
}

/** As the log calls the daemon that the job's docker talks to. */
export function daemonName(service: ServiceEvidence | undefined): string {
  if (service === undefined) return "the Docker daemon";
  return service.isSidecar ? "the runner's Docker daemon beside the job" : `the service ${shortName(service)}`;
}
