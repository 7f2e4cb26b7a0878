import { agreedApi, apiOfRelease } from "./api-version.ts";
import type { Listening } from "./autowire-daemon.ts";
import type { Wired } from "./autowire-report.ts";
import type { DockerClient } from "./docker-client.ts";
import { noProxyFor } from "./proxy.ts";

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
 * @param dindVersion DOCKER_VERSION of the daemon's image; "" when it doesn't say
 */
export function clientVariables(
  client: DockerClient,
  host: string,
  listening: Listening,
  clientDirectory: string,
  dindVersion: string,
): ClientVariables {
  const groups = [
    ...(client.daemon.kind === "unsaid"
      ? [{ entries: [`DOCKER_HOST=tcp://${host}:${listening.port}`], why: "the job does not say where its daemon is" }]
      : []),
    ...(client.daemon.kind === "unsaid" && !isSet(client, "TESTCONTAINERS_HOST_OVERRIDE")
      ? [{ entries: [`TESTCONTAINERS_HOST_OVERRIDE=${host}`], why: "ports that its containers publish are there" }]
      : []),
    ...tlsVariables(client, listening, clientDirectory),
    ...proxyVariables(client, host),
    ...apiVariables(client, dindVersion),
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
  const entries = noProxyFor([host], client.value, client.isSetByJob);
  return entries.length === 0 ? [] : [{ entries, why: "no proxy knows the daemon" }];
}

/** As the versions of both images say, which is before the daemon can be asked. */
function apiVariables(client: DockerClient, dindVersion: string): readonly Group[] {
  // A variable of the job's of that name says which image it takes, not what is in it.
  const version = client.ofImage("DOCKER_VERSION") ?? "";
  const api = agreedApi(version, apiOfRelease(dindVersion));
  if (api === "" || client.value("DOCKER_API_VERSION") !== undefined) return [];
  return [
    {
      entries: [`DOCKER_API_VERSION=${api}`],
      why: `docker ${version} of the job's image and a daemon ${dindVersion} would not agree on one`,
    },
  ];
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
