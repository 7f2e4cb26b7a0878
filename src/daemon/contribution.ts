import type { CarriedArguments, DockerCertificates, VolumeSeed } from "../job/plan.ts";
import type { DaemonAddress } from "./address.ts";

/**
 * How the job's own `docker` reaches a daemon: config.toml's [runners.docker.daemon], with everything resolved that
 * needs I/O (certificates read or made). Fixed per job. A fourth way is one kind here, one file and one case in wiring.ts.
 */
export type DaemonWiring = { readonly kind: "none" } | SocketWiring | DindWiring | TcpWiring;

export interface SocketWiring {
  readonly kind: "socket";
  /** On the daemon's host. */
  readonly socketPath: string;
  /** The socket's group, for users other than root; null when it can't be found out from here. */
  readonly group: number | null;
}

export interface DindWiring {
  readonly kind: "dind";
  readonly image: string;
  readonly alias: string;
  /** null for plain HTTP. */
  readonly tls: { readonly server: DockerCertificates; readonly client: DockerCertificates } | null;
  /** Arguments that the admin adds to the daemon's command line. */
  readonly command: readonly string[];
  /** null: its images and layers go with the job. */
  readonly lease: StoreBounds | null;
}

/** How far a layer store that is kept from job to job may go. */
export interface StoreBounds {
  /** As in config.toml: "20g"; "0" for no bound. */
  readonly maxSize: string;
  /** 0 for no bound. */
  readonly maxAgeMs: number;
}

export interface TcpWiring {
  readonly kind: "tcp";
  readonly address: DaemonAddress;
  readonly certificates: DockerCertificates | null;
  /** True when it is the daemon that runs the job's containers, too. */
  readonly isAgentsDaemon: boolean;
}

export interface WiringContext {
  readonly jobId: number;
  /** What makes names of this run unique: two coordinators may use one daemon, and have jobs of one number. */
  readonly suffix: string;
  /** True on a network that other jobs use, too: a daemon must have a name there that none of theirs has. */
  readonly sharedNetwork: boolean;
  /** Names of volumes made here start with it. */
  readonly volumeBase: string;
  /** MTU of the network that the job is on; null when the daemon's default holds. */
  readonly mtu: number | null;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  /** `nofile=1024:4096`, as config.toml sets them for the build container. */
  readonly ulimits: readonly string[];
  /** `HTTP_PROXY=…` and its like as config.toml's `environment` sets them, else as the host's daemon has them. */
  readonly proxy: readonly string[];
  /** Where the job reaches what is published on the daemon's host; "" when not known. */
  readonly hostAddress: string;
}

/** What a wiring adds to a job. The planner merges it; nothing else knows the kinds. */
export interface DaemonContribution {
  /** Defaults for the job's environment: the admin's and the job's own values win. */
  readonly variables: Readonly<Record<string, string>>;
  /** Bind strings of the build container. */
  readonly binds: readonly string[];
  /** Further groups of the build container's process. */
  readonly groups: readonly string[];
  /** Path on the daemon's host of a socket whose group a user other than root needs, and nobody knows yet; "" for none. */
  readonly socketOfUnknownGroup: string;
  readonly volumes: readonly { readonly name: string; readonly destination: string }[];
  readonly seeds: readonly VolumeSeed[];
  readonly sidecar: SidecarSpec | null;
  /** A volume of the sidecar's that is leased instead of made for the job: which one is found out when the job is set up. */
  readonly store: (StoreBounds & { readonly destination: string }) | null;
  /** True when paths that the job names are looked up on the host of the daemon that runs the job: builds_dir is then a bind of the same path. */
  readonly buildsOnHost: boolean;
  /** Compose project whose leftovers are removed with the job; "" for none. */
  readonly composeProject: string;
  /** The daemon that must answer before the script starts; null when the sidecar's readiness covers it. */
  readonly remote: { readonly address: string; readonly certificates: DockerCertificates | null } | null;
}

/** The dind container of a job. */
export interface SidecarSpec {
  readonly image: string;
  readonly alias: string;
  readonly env: readonly string[];
  readonly command: readonly string[];
  /** Of `command`: left out where the daemon's configuration file has the same, or it would not start. */
  readonly carried: readonly CarriedArguments[];
  readonly binds: readonly string[];
  readonly tls: boolean;
  readonly port: number;
  readonly certificates: DockerCertificates | null;
}

export const noContribution: DaemonContribution = {
  variables: {},
  binds: [],
  groups: [],
  socketOfUnknownGroup: "",
  volumes: [],
  seeds: [],
  sidecar: null,
  store: null,
  buildsOnHost: false,
  composeProject: "",
  remote: null,
};
