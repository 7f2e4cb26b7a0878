import { type DaemonContribution, noContribution, type SocketWiring, type WiringContext } from "./contribution.ts";

/** Where every Docker client looks by default. */
const jobSocket = "/var/run/docker.sock";

/**
 * The daemon's own socket in the build container. Containers that the job starts are neighbours of the job on the
 * daemon's host: their bind paths are host paths, and their names are everybody's, hence a Compose project per job.
 */
export function contributeSocket(wiring: SocketWiring, context: WiringContext): DaemonContribution {
  const composeProject = composeProjectOf(context);
  return {
    ...noContribution,
    variables: {
      DOCKER_HOST: `unix://${jobSocket}`,
      COMPOSE_PROJECT_NAME: composeProject,
      ...socketVariables(wiring.socketPath, context.hostAddress),
    },
    binds: [`${wiring.socketPath}:${jobSocket}`],
    groups: wiring.group === null ? [] : [String(wiring.group)],
    socketOfUnknownGroup: wiring.group === null ? wiring.socketPath : "",
    buildsOnHost: true,
    composeProject,
  };
}

/**
 * What Testcontainers needs behind a daemon's socket: its reaper mounts the socket by its path on the host, and what it
 * publishes is found on the host, not in the job.
 *
 * @param hostAddress of the daemon's host as its containers reach it; "" when not known
 */
export function socketVariables(socketPath: string, hostAddress: string): Readonly<Record<string, string>> {
  return {
    TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE: socketPath,
    ...(hostAddress === "" ? {} : { TESTCONTAINERS_HOST_OVERRIDE: hostAddress }),
  };
}

/** Unique among the jobs of one daemon, and short enough for names made of it. */
export function composeProjectOf(context: WiringContext): string {
  return `job-${context.jobId}-${context.suffix}`;
}

/** True for the host side of a mount that is a Docker daemon's socket, as classic config.toml files have it in `volumes`. */
export function isDockerSocket(path: string): boolean {
  return path.startsWith("/") && path.endsWith("/docker.sock");
}
