import type { Listening } from "./autowire-daemon.ts";
import type { Wired } from "./autowire-report.ts";
import type { DockerClient } from "./docker-client.ts";

export interface ClientVariables {
  /** `KEY=VALUE`, none of which anybody has set. */
  readonly entries: readonly string[];
  readonly wired: readonly Wired[];
}

interface Group {
  readonly entries: readonly string[];
  readonly why: string;
}

/**
 * What the job's docker must know of the daemon that it talks to, as far as nobody has said it.
 *
 * @param clientDirectory where the job's container has the client's certificates; "" when it has none
 */
export function clientVariables(
  client: DockerClient,
  host: string,
  listening: Listening,
  clientDirectory: string,
): ClientVariables {
  const groups = [
    ...(client.daemon.kind === "unsaid"
      ? [{ entries: [`DOCKER_HOST=tcp://${host}:${listening.port}`], why: "the job does not say where its daemon is" }]
      : []),
    ...tlsVariables(client, listening, clientDirectory),
    ...proxyVariables(client, host),
  ];
  return {
    entries: groups.flatMap(({ entries }) => entries),
    wired: [
      ...groups.map(({ entries, why }) => ({ what: entries.join(" "), why })),
      ...contradictions(client, listening, clientDirectory),
    ],
  };
}

function tlsVariables(
  client: DockerClient,
  { tls, certificateDirectory }: Listening,
  clientDirectory: string,
): readonly Group[] {
  const missing = [`DOCKER_TLS_VERIFY=1`, `DOCKER_CERT_PATH=${clientDirectory}`].filter(
    (entry) => !isSet(client, entry),
  );
  // With a path of ours docker's image would take an empty DOCKER_TLS_VERIFY for a word against TLS.
  const isWanted = tls && clientDirectory !== "" && missing.length > 0 && client.value("DOCKER_TLS_VERIFY") !== "";
  const byImage = client.value("DOCKER_TLS_CERTDIR") ?? certificateDirectory;
  const isOther = byImage !== certificateDirectory && !client.isSetByJob("DOCKER_TLS_CERTDIR");
  return [
    ...(isWanted ? [{ entries: missing, why: "the daemon speaks TLS" }] : []),
    // Certificates that an image's entrypoint finds there would make its docker talk TLS to a daemon that doesn't.
    ...(isOther ? [{ entries: [`DOCKER_TLS_CERTDIR=${certificateDirectory}`], why: "as the daemon has it" }] : []),
  ];
}

/** A client on its way to a service needs no proxy, and none would know the name. */
function proxyVariables(client: DockerClient, host: string): readonly Group[] {
  const eitherCase = (key: string) => client.value(key) ?? client.value(key.toUpperCase());
  const isProxied = [eitherCase("http_proxy"), eitherCase("https_proxy")].some((proxy) => (proxy ?? "") !== "");
  if (!isProxied || eitherCase("no_proxy") !== undefined) return [];
  return [{ entries: [`no_proxy=${host}`, `NO_PROXY=${host}`], why: "no proxy knows the daemon" }];
}

function isSet(client: DockerClient, entry: string): boolean {
  return client.value(entry.split("=", 1)[0] as string) !== undefined;
}

/** What the user has set that can't work with this daemon; it stands all the same. */
function contradictions(client: DockerClient, { tls, port }: Listening, clientDirectory: string): Wired[] {
  const left = (key: string, why: string) => [{ what: `${key}="${client.value(key) ?? ""}" stays, but`, why }];
  const { daemon } = client;
  if (daemon.kind === "tcp" && daemon.port !== null && daemon.port !== port) {
    return left("DOCKER_HOST", `the daemon listens on port ${port}`);
  }
  const verify = client.value("DOCKER_TLS_VERIFY");
  if (!tls) {
    const key = verify === undefined ? "DOCKER_TLS" : "DOCKER_TLS_VERIFY";
    return (client.value(key) ?? "") === "" ? [] : left(key, "the daemon speaks plain HTTP: remove one or the other");
  }
  if (verify === "")
    return left("DOCKER_TLS_VERIFY", 'the daemon speaks TLS: remove it, or set DOCKER_TLS_CERTDIR to ""');
  const path = client.value("DOCKER_CERT_PATH") ?? clientDirectory;
  if (clientDirectory === "" || path.replace(/\/+$/, "") === clientDirectory) return [];
  return left("DOCKER_CERT_PATH", `the client's certificates are in ${clientDirectory}`);
}
