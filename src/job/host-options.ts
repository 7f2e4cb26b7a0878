import type { GpuRequest } from "./gpus.ts";

/** Resource limits and host settings that are passed to the daemon as they are (GitLab Runner's [runners.docker] keys). */
export interface HostSettings {
  /** Bytes; 0 for no limit. */
  readonly memory: number;
  readonly memorySwap: number;
  readonly memoryReservation: number;
  /** Billionths of a CPU. */
  readonly nanoCpus: number;
  readonly cpusetCpus: string;
  readonly cpusetMems: string;
  readonly cpuShares: number;
  readonly cgroupParent: string;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly extraHosts: readonly string[];
  readonly privileged: boolean;
  readonly groupAdd: readonly string[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly devices: readonly { readonly host: string; readonly container: string; readonly permissions: string }[];
  readonly deviceCgroupRules: readonly string[];
  /** null for none. */
  readonly gpus: GpuRequest | null;
  readonly oomKillDisable: boolean;
  readonly oomScoreAdj: number;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly shmSize: number;
  /** Processes and threads; 0 for no limit. */
  readonly pidsLimit: number;
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly ipcMode: string;
  readonly pidMode: string;
  readonly usernsMode: string;
  readonly runtime: string;
  /** Of what a bind names and is not there; "" for the daemon's default. */
  readonly volumeDriver: string;
  /** `env` and `labels` of the json-file driver; {} for the agent's own choice of driver. */
  readonly logOptions: Readonly<Record<string, string>>;
  readonly links: readonly string[];
  readonly volumesFrom: readonly string[];
  readonly init: boolean;
}

/** Where the Docker API takes a container's MAC address: since 1.44 with its network, before as the container's own. */
export interface MacAddress {
  readonly address: string;
  readonly place: "endpoint" | "container";
}
