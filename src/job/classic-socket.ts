import { isDockerSocket, socketVariables } from "../daemon/socket.ts";
import type { Variables } from "./variables.ts";
import type { VolumeEntry } from "./volumes.ts";

/** A daemon's socket that the admin has mounted by hand: `volumes = ["/var/run/docker.sock:/var/run/docker.sock"]`. */
export interface ClassicSocket {
  /** On the daemon's host. */
  readonly path: string;
  /** In the job's containers. */
  readonly destination: string;
}

/** null where there is none, and where the job wants to be left alone. */
export function classicSocketOf(entries: readonly VolumeEntry[], variables: Variables): ClassicSocket | null {
  if (variables.get("LONGSHORE_DIND_AUTOWIRE").toLowerCase() === "false") return null;
  const found = entries.find(
    ({ source, destination }) => isDockerSocket(source) || (source.startsWith("/") && isDockerSocket(destination)),
  );
  return found === undefined ? null : { path: found.source, destination: found.destination };
}

/**
 * What Testcontainers can't find out behind such a socket. No Compose project of the job's own: with this setting people
 * deploy to the host, and what they have started must be found again by the next job.
 */
export function classicVariables(
  socket: ClassicSocket | null,
  variables: Variables,
  hostAddress: string,
): Readonly<Record<string, string>> {
  // What holds for another daemon that the job names isn't known here.
  const isMeant = socket !== null && ["", `unix://${socket.destination}`].includes(variables.get("DOCKER_HOST"));
  return isMeant ? socketVariables(socket.path, hostAddress) : {};
}

/** The line that tells where the builds are, and how to have them elsewhere. */
export function classicNotice({ destination }: ClassicSocket, directory: string): string {
  return (
    `With the Docker socket of its host (${destination}) the job has its files on that host, too, in ${directory}: ` +
    "what its containers mount from there is what it sees (LONGSHORE_DIND_AUTOWIRE=false keeps them in a volume)"
  );
}
