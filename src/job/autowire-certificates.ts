import { clientFiles, serverFiles } from "./docker-certificates.ts";
import type { DockerCertificates, JobPlan, VolumeSeed, VolumeSpec } from "./plan.ts";
import { bindDestination, cleanPath, isWithin } from "./volumes.ts";

export interface DaemonCertificateSet {
  readonly server: DockerCertificates;
  readonly client: DockerCertificates;
}

/** Certificates of a job's own daemons that use one directory: two volumes, and what of them is mounted where. */
export interface CertificateVolumes {
  readonly volumes: readonly VolumeSpec[];
  readonly seeds: readonly VolumeSeed[];
  readonly clientDirectory: string;
  /** Bind strings of a daemon's container with the certificates among them. */
  forDaemon(binds: readonly string[]): readonly string[];
  /** Bind strings of the build container. */
  forClient(binds: readonly string[]): readonly string[];
}

/**
 * True when certificates can be put below this directory. Where the admin has mounted something of his own there, they
 * are the business of the image's entrypoint.
 */
export function isForCertificates(
  plan: Pick<JobPlan, "volumes">,
  binds: readonly string[],
  directory: string,
): boolean {
  // In a bind string a colon would end the path.
  if (!/^\/[^:]+$/.test(directory) || cleanPath(directory) !== directory) return false;
  return !binds.some((bind) => {
    const destination = bindDestination(bind);
    return !isOfAgent(plan, bind) && (isWithin(destination, directory) || isWithin(directory, destination));
  });
}

/**
 * Volumes of the job's own take the place of those that the agent keeps from job to job: certificates of a daemon that
 * is gone are worse than none.
 *
 * @param daemonUser "" or root can read what nobody else can
 */
export function certificateVolumes(
  plan: JobPlan,
  directory: string,
  certificates: DaemonCertificateSet,
  daemonUser: string,
): CertificateVolumes {
  const base = `${plan.build.name.replace(/-build$/, "")}-dind${directory.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
  const clientDirectory = `${directory}/client`;
  const server = `${base}-server`;
  const client = `${base}-client`;
  const isRoot = ["", "0", "root"].includes(daemonUser);
  const others = (binds: readonly string[]) => withoutCertificates(plan, binds, directory);
  return {
    volumes: [volume(plan, server, directory), volume(plan, client, clientDirectory)],
    seeds: [
      { destination: directory, files: serverFiles(certificates.server, isRoot ? 0o600 : 0o644) },
      {
        destination: clientDirectory,
        files: clientFiles(certificates.client),
      },
    ],
    clientDirectory,
    forDaemon: (binds) => [...others(binds), `${server}:${directory}`, `${client}:${clientDirectory}`],
    forClient: (binds) => [...others(binds), `${client}:${clientDirectory}:ro`],
  };
}

/** Without the agent's own volumes below this directory. */
export function withoutCertificates(
  plan: Pick<JobPlan, "volumes">,
  binds: readonly string[],
  directory: string,
): readonly string[] {
  return binds.filter((bind) => !(isOfAgent(plan, bind) && isWithin(bindDestination(bind), directory)));
}

function isOfAgent({ volumes }: Pick<JobPlan, "volumes">, bind: string): boolean {
  const [source = ""] = bind.split(":", 1);
  return volumes.some((candidate) => candidate.name === source);
}

/** It goes with the job: labelled as all that is made for it. */
function volume({ helper }: JobPlan, name: string, destination: string): VolumeSpec {
  const prefix = "com.gitlab.gitlab-runner.";
  const labels = Object.entries(helper.labels).filter(([key]) =>
    /^(?:com\.gitlab\.gitlab-runner|dev\.longshore)\./.test(key),
  );
  return {
    name,
    destination,
    temporary: true,
    labels: {
      ...Object.fromEntries(labels),
      [`${prefix}type`]: "cache",
      [`${prefix}destination`]: destination,
      [`${prefix}reusable`]: "false",
    },
    driver: "",
    driverOptions: {},
  };
}
