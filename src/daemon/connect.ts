import type { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { inspect } from "node:util";
import type DockerodeClient from "dockerode";
import { loadDockerode } from "../docker/client-library.ts";
import type { DockerCertificates } from "../job/plan.ts";
import { httpAgent } from "../support/node-http.ts";
import type { DaemonAddress } from "./address.ts";

const Docker = loadDockerode();

/** How many idle connections are kept per daemon, so that a job's calls don't dial anew. */
const idleConnections = 16;

/**
 * The only place that makes a Docker client. docker-modem merges its options over `process.env` (DOCKER_HOST wins over
 * a socket path, DOCKER_TLS_VERIFY turns a socket into https), and infers https only from ca + cert + key together; so
 * every option is set here each time, `undefined` included.
 */
export function connectDocker(address: DaemonAddress, certificates: DockerCertificates | null): DockerodeClient {
  const tls = address.kind === "tcp" && address.tls;
  const agentOptions = { keepAlive: true, maxFreeSockets: idleConnections };
  const options: DockerodeClient.DockerOptions & { pathPrefix: undefined } = {
    socketPath: address.kind === "unix" ? address.path : undefined,
    host: address.kind === "tcp" ? address.host : undefined,
    port: address.kind === "tcp" ? address.port : undefined,
    protocol: tls ? "https" : "http",
    ca: certificates?.ca,
    cert: certificates?.cert,
    key: certificates?.key,
    agent: withoutDetails(
      tls
        ? new HttpsAgent({
            ...agentOptions,
            ...(certificates ? { ca: certificates.ca, cert: certificates.cert, key: certificates.key } : {}),
          })
        : httpAgent(agentOptions),
    ),
    timeout: undefined,
    headers: {},
    pathPrefix: undefined,
  } as DockerodeClient.DockerOptions & { pathPrefix: undefined };
  return withoutDockerHost(() => new Docker(options));
}

/**
 * docker-modem writes out all options of each call for its debug log, whether or not that is on, and the agent among
 * them holds every connection with all that belongs to it: up to 100 ms a call with many jobs at once.
 */
function withoutDetails<A extends HttpAgent>(agent: A): A {
  return Object.assign(agent, { [inspect.custom]: () => "the daemon's connections" });
}

/**
 * With DOCKER_HOST set, docker-modem reads the certificates that DOCKER_CERT_PATH names and takes the address apart
 * before it looks at its options, and throws when either is not there or not right. Nothing else runs meanwhile.
 */
function withoutDockerHost<T>(make: () => T): T {
  const { DOCKER_HOST: saved } = process.env;
  delete process.env["DOCKER_HOST"];
  try {
    return make();
  } finally {
    if (saved !== undefined) process.env["DOCKER_HOST"] = saved;
  }
}
