import { clientFiles } from "../job/docker-certificates.ts";
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
    // What its containers publish is found on its host, whatever a client would guess from where it runs.
    ...(wiring.address.kind === "tcp" ? { TESTCONTAINERS_HOST_OVERRIDE: wiring.address.host } : {}),
  };
  if (wiring.certificates === null) return { ...base, variables };
  const volume = `${context.volumeBase}-docker-certs`;
  return {
    ...base,
    variables: { ...variables, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: certificateDirectory },
    binds: [`${volume}:${certificateDirectory}:ro`],
    volumes: [{ name: volume, destination: certificateDirectory }],
    seeds: [{ destination: certificateDirectory, files: clientFiles(wiring.certificates) }],
  };
}
