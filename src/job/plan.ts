import type { CachePlace, CacheRequest } from "../script/cache.ts";
import type { RemoteCachePlan } from "./remote-cache-plan.ts";
import type { FileVariable } from "../script/environment.ts";
import type { FileSelection } from "../script/file-selection.ts";
import type { GetSourcesOptions } from "../script/git.ts";
import type { GitSettings } from "../script/git-settings.ts";
import type { Attempts } from "./attempts.ts";
import type { HostSettings, MacAddress } from "./host-options.ts";
import type { StageLimit } from "./stage-limits.ts";
import type { TransferPlan } from "./plan-transfers.ts";
import type { StageName } from "./stages.ts";
import type { StoragePlan } from "./storage-plan.ts";

/** A volume that the agent makes for the job. Temporary ones go with the job; the others are kept for the slot. */
export interface VolumeSpec {
  readonly name: string;
  readonly destination: string;
  readonly temporary: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
}

/** Files put into a volume before anything that uses it starts. */
export interface VolumeSeed {
  /** Destination (in-container path) of one of the plan's volumes. */
  readonly destination: string;
  readonly files: readonly { readonly path: string; readonly content: string; readonly mode: number }[];
}

export interface NetworkSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mtu: number | null;
  readonly enableIpv6: boolean;
}

export interface ContainerSpec {
  readonly name: string;
  /** As written, after expansion. */
  readonly image: string;
  readonly pullPolicies: readonly string[];
  readonly platform: string;
  readonly hostname: string;
  /** "" for the image's own. */
  readonly user: string;
  readonly workingDir: string;
  /** null keeps the image's. */
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Docker bind strings: `source:destination[:mode]`, source a path of the daemon's host or a volume's name. */
  readonly binds: readonly string[];
  readonly host: HostSettings;
  /** Names on the job's network beside the container's own. */
  readonly aliases: readonly string[];
  /** True when something is written to the standard input of the container's main process; the others read none. */
  readonly stdin: boolean;
  /** True when the daemon removes it, with its anonymous volumes, as soon as it ends; default false. */
  readonly autoRemove?: boolean;
  /** Default: the daemon's choice. */
  readonly mac?: MacAddress;
}

export interface ServiceSpec {
  readonly container: ContainerSpec;
  /** As the log calls it: the image's name. */
  readonly name: string;
  /** Position among the services, for names. */
  readonly index: number;
  readonly readiness: Readiness;
  /** Arguments of the container's command that nobody asked for; only the sidecar of the runner's wiring has some. */
  readonly carried?: readonly CarriedArguments[];
}

/** Arguments of dockerd that give way to its configuration file: it doesn't start when an option stands in both. */
export interface CarriedArguments {
  /** In daemon.json. */
  readonly key: string;
  readonly arguments: readonly string[];
}

/** How it is known that a service can be used. */
export type Readiness =
  | { readonly kind: "ports" }
  | { readonly kind: "none" }
  | {
      readonly kind: "docker-api";
      readonly tls: boolean;
      readonly port: number;
      readonly host: string;
      /** null with TLS: nobody of the agent's knows them, and a daemon that asks for some is one that answers. */
      readonly certificates: DockerCertificates | null;
      /** What to do when it doesn't come up. */
      readonly hint: string;
    };

/** PEM texts of a Docker client. */
export interface DockerCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A daemon elsewhere that must answer before the script starts. */
export interface RemoteDaemonCheck {
  readonly address: string;
  readonly certificates: DockerCertificates | null;
}

/** One entry of the job's artifacts, variables expanded. */
export interface ArtifactPlan {
  readonly selection: FileSelection;
  readonly name: string;
  /** archive, junit, dotenv … */
  readonly type: string;
  readonly format: string;
  readonly expireIn: string;
  readonly when: "on_success" | "on_failure" | "always";
}

export interface StepPlan {
  readonly stage: StageName;
  readonly lines: readonly string[];
}

/** How scripts are wrapped, the same for every step and after_script. */
export interface ScriptStyle {
  readonly preBuildScript: string;
  readonly postBuildScript: string;
  readonly xtrace: boolean;
  readonly exitCodeCheck: boolean;
  readonly sections: boolean;
}

/** All that was decided about a job. JSON-serialisable; what obeys it decides nothing more. */
export interface JobPlan extends TransferPlan {
  readonly jobId: number;
  /** Seconds, for everything from sources to uploads. */
  readonly timeoutSeconds: number;
  /** null: only the job's own limit. */
  readonly scriptTimeoutSeconds: number | null;
  readonly afterScriptTimeoutSeconds: number;
  readonly afterScriptIgnoreErrors: boolean;
  /** Missing in plans of older agents, as the fields that say so elsewhere. */
  readonly getSourcesLimit?: StageLimit;
  readonly attempts: Attempts;

  readonly projectDir: string;
  readonly tempDir: string;
  /** `KEY=VALUE` of all variables, for every container that works for the job. */
  readonly environment: readonly string[];
  readonly fileVariables: readonly FileVariable[];
  /** DOCKER_AUTH_CONFIG: the text of a Docker config.json, of a file variable its content; "" for none. */
  readonly dockerAuthConfig: string;
  /** Values that never show in the log. */
  readonly masks: readonly string[];

  readonly network: NetworkSpec | null;
  /** Docker network mode of all containers when there is no network of the job's own. */
  readonly networkMode: string;
  readonly volumes: readonly VolumeSpec[];
  /** null: nothing is leased. */
  readonly storage: StoragePlan | null;
  readonly seeds: readonly VolumeSeed[];
  readonly services: readonly ServiceSpec[];
  /** Seconds to wait for services; negative: don't. */
  readonly waitForServicesSeconds: number;
  /** How the job reaches a daemon by the runner's doing; "none" also where the job brings its own in place of the sidecar. */
  readonly wiring: "none" | "socket" | "dind" | "tcp";
  readonly remoteDaemon: RemoteDaemonCheck | null;
  /** Compose project whose containers, networks and volumes go with the job; "" for none. */
  readonly composeProject: string;
  /** Socket on the daemon's host whose group is to be found out for a build container that isn't root's; "" for none. */
  readonly socketOfUnknownGroup: string;
  readonly build: ContainerSpec;
  readonly helper: ContainerSpec;
  /** True when some stage runs in the helper; false also when only the image's user could make it necessary. */
  readonly needsHelper: boolean;
  readonly keepAnonymousVolumes: boolean;

  /** null: nothing to do but to say so (GIT_STRATEGY none and no hooks). */
  readonly sources: GetSourcesOptions | null;
  readonly caches: readonly CacheRequest[];
  readonly cachePlace: CachePlace;
  /** Default: caches stay on the daemon. */
  readonly remoteCache?: RemoteCachePlan;
  readonly dependencies: readonly DependencyPlan[];
  readonly steps: readonly StepPlan[];
  /** null: no after_script. */
  readonly afterScript: readonly string[] | null;
  readonly style: ScriptStyle;
  readonly artifacts: readonly ArtifactPlan[];
  readonly openUmask: boolean;
  /** The daemon stops a script that is cancelled, in its own way. */
  readonly nativeStop: boolean;
  /** null: what a job leaves in its work tree is the next one's to remove. */
  readonly jobCleanup: GitSettings | null;
  readonly directDownload: boolean;
  readonly cleanGitConfig: boolean;
  readonly debugTrace: boolean;

  /** Lines for the job's log, said before the stages. */
  readonly notices: readonly string[];
  readonly warnings: readonly string[];
}

export interface DependencyPlan {
  readonly id: number;
  readonly token: string;
  readonly name: string;
}
