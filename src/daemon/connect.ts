import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import Docker from "dockerode";
import type { DockerCertificates } from "../job/plan.ts";
import type { DaemonAddress } from "./address.ts";

/** How many idle connections are kept per daemon, so that a job's calls don't dial anew. */
const idleConnections = 16;

/**
 * The only place that makes a Docker client. docker-modem merges its options over `process.env` (DOCKER_HOST wins over
 * a socket path, DOCKER_TLS_VERIFY turns a socket into https), and infers https only from ca + cert + key together; so
 * every option is set here each time, `undefined` included.
 */
export function connectDocker(address: DaemonAddress, certificates: DockerCertificates | null): Docker {
  const tls = address.kind === "tcp" && address.tls;
  const agentOptions = { keepAlive: true, maxFreeSockets: idleConnections };
  const options: Docker.DockerOptions & { pathPrefix: undefined } = {
    socketPath: address.kind === "unix" ? address.path : undefined,
    host: address.kind === "tcp" ? address.host : undefined,
    port: address.kind === "tcp" ? address.port : undefined,
    protocol: tls ? "https" : "http",
    ca: certificates?.ca,
    cert: certificates?.cert,
    key: certificates?.key,
    agent: tls
      ? new HttpsAgent({
          ...agentOptions,
          ...(certificates ? { ca: certificates.ca, cert: certificates.cert, key: certificates.key } : {}),
        })
      : new HttpAgent(agentOptions),
    timeout: undefined,
    headers: {},
    pathPrefix: undefined,
  } as Docker.DockerOptions & { pathPrefix: undefined };
  return withoutDockerHost(() => new Docker(options));
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
