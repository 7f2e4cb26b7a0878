import { formatDaemonAddress } from "./address.ts";
import { type DaemonContribution, noContribution, type TcpWiring, type WiringContext } from "./contribution.ts";
import { composeProjectOf } from "./socket.ts";

const certificateDirectory = "/certs/client";

/**
 * A daemon elsewhere: its address in the environment, its client certificates mounted read-only. When it is the very
 * daemon that runs the job, its host has the job's files at the same path, as with the socket.
 */
export function contributeTcp(wiring: TcpWiring, context: WiringContext): DaemonContribution {
  const address = formatDaemonAddress(wiring.address);
  const composeProject = wiring.isAgentsDaemon ? composeProjectOf(context) : "";
  const base = {
    ...noContribution,
    buildsOnHost: wiring.isAgentsDaemon,
    composeProject,
    remote: { address, certificates: wiring.certificates },
  };
  const variables = {
    DOCKER_HOST: address,
    ...(composeProject === "" ? {} : { COMPOSE_PROJECT_NAME: composeProject }),
  };
  if (wiring.certificates === null) return { ...base, variables };
  const volume = `${context.volumeBase}-docker-certs`;
  const { ca, cert, key } = wiring.certificates;
  return {
    ...base,
    variables: { ...variables, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificateDirectory },
    binds: [`${volume}:${certificateDirectory}:ro`],
    volumes: [{ name: volume, destination: certificateDirectory }],
    seeds: [{ destination: certificateDirectory, files: clientFiles("", ca, cert, key) }],
  };
}

/** ca.pem, cert.pem and key.pem below `prefix`; readable for every user of the job, who owns them anyway. */
export function clientFiles(prefix: string, ca: string, cert: string, key: string) {
  return [
    { path: `${prefix}ca.pem`, content: ca, mode: 0o644 },
    { path: `${prefix}cert.pem`, content: cert, mode: 0o644 },
    { path: `${prefix}key.pem`, content: key, mode: 0o644 },
  ];
}
