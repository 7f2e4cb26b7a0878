/**
 * What is known about a job when it ends. Texts are as the log has them: secrets hidden, and without terminal
 * sequences. Facts that could not be found out are null, "" or empty; a rule that needs them stays silent then.
 */
export interface Evidence {
  /** null: the job succeeded, and what is said about it is advice. */
  readonly failure: FailureEvidence | null;
  /** What the job's script printed last, oldest line first: a few hundred lines, `$ command` lines of the echo included. Not after_script's. */
  readonly output: readonly string[];
  /** True when its first line is the first that the script printed. */
  readonly outputIsWhole: boolean;
  readonly build: BuildEvidence;
  readonly services: readonly ServiceEvidence[];
  /** How a `docker` in the job finds its daemon. */
  readonly client: ClientEvidence;
  /** The daemon that runs the job's containers; null when it never answered. */
  readonly daemon: DaemonEvidence | null;
}

export interface FailureEvidence {
  /** Of the script; null when the job failed before, beside or without it (preparation, timeout, upload). */
  readonly exitCode: number | null;
  /** As reported to the coordinator: `script_failure`, `runner_system_failure` … */
  readonly reason: string;
  /** What the log's last line will say, without the hint. */
  readonly message: string;
}

export interface BuildEvidence {
  /** As the job names it. */
  readonly image: string;
  /** What it starts with: the job's, or else the image's. */
  readonly entrypoint: readonly string[];
  /** User of its processes; "" for root. */
  readonly user: string;
  /** As Docker calls it (amd64, arm64); "" when not known. */
  readonly architecture: string;
  readonly projectDir: string;
  /** What is mounted: source is a path of the daemon's host (starts with `/`) or a volume's name. */
  readonly mounts: readonly { readonly source: string; readonly destination: string }[];
  readonly privileged: boolean;
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
  /** null: it was never made, or is gone. */
  readonly state: ContainerEvidence | null;
}

export interface ContainerEvidence {
  readonly running: boolean;
  /** 0 while it runs. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** The daemon's words about why it did not start; "" usually. */
  readonly error: string;
}

export interface ServiceEvidence {
  /** As the log calls it. */
  readonly name: string;
  readonly image: string;
  /** Names under which the job finds it. */
  readonly aliases: readonly string[];
  /** True for a Docker daemon: the runner's sidecar, or a service whose image is one. */
  readonly isDaemon: boolean;
  /** True for the sidecar of `wiring = "dind"`. */
  readonly isSidecar: boolean;
  readonly privileged: boolean;
  /** `KEY=VALUE` of those variables that decide how a daemon listens: DOCKER_TLS_CERTDIR, DOCKER_HOST, DOCKER_TLS_SAN. */
  readonly environment: readonly string[];
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
  /** null: it was never started, or is gone. */
  readonly state: ContainerEvidence | null;
  /** Its last lines, oldest first. */
  readonly log: readonly string[];
}

export interface ClientEvidence {
  readonly wiring: "none" | "socket" | "dind" | "tcp";
  /** DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_API_VERSION as the build container has them; "" when not set. */
  readonly host: string;
  readonly tlsVerify: string;
  readonly certPath: string;
  readonly apiVersion: string;
  /** Path on the daemon's host of what is mounted at /var/run/docker.sock; "" for nothing. */
  readonly socket: string;
  /** True when the builds directory is at the same path on the host of the job's daemon. */
  readonly buildsOnHost: boolean;
  /** False when the job said LONGSHORE_DIND_AUTOWIRE=false. */
  readonly autowire: boolean;
}

export interface DaemonEvidence {
  readonly serverVersion: string;
  readonly apiVersion: string;
  readonly minApiVersion: string;
  /** As `docker info` calls it: x86_64, aarch64. */
  readonly architecture: string;
  /** "1" or "2"; "" when not known. */
  readonly cgroupVersion: string;
  readonly storageDriver: string;
  readonly rootless: boolean;
  readonly selinux: boolean;
  /** Of the network that the job was on; null when not known. */
  readonly networkMtu: number | null;
  /** Of the interface through which that host reaches the world; null when not known. */
  readonly uplinkMtu: number | null;
}
