/** What the agent says about itself; passed in because only the entry point may look at the process. */
export interface AgentIdentity {
  /** Longshore's own version, e.g. 0.1.0. */
  readonly version: string;
  /** 8 hex digits of the commit, or of the version where there is none. */
  readonly revision: string;
  /** `process.version`. */
  readonly nodeVersion: string;
  /** As Go spells it: linux. */
  readonly platform: string;
  /** As Go spells it: amd64, arm64. */
  readonly architecture: string;
}

/** The release of GitLab Runner whose protocol we speak: coordinators compare it to decide what they may send. */
export const protocolVersion = "19.4.0";

/** Protocol section 1.2. The first two words keep the reference runner's form because coordinators parse them. */
export function userAgent(agent: AgentIdentity): string {
  const build = `longshore ${agent.version}; node ${agent.nodeVersion}; ${agent.platform}/${agent.architecture}`;
  return `gitlab-runner ${protocolVersion} (${build})`;
}

/** Flags that come with the executor and its shell: all false in a registration, which knows no executor yet. */
const executorFeatures = {
  variables: true,
  image: true,
  services: true,
  image_executor_opts: true,
  service_executor_opts: true,
  service_variables: true,
  service_multiple_aliases: true,
  artifacts: true,
  upload_multiple_artifacts: true,
  upload_raw_artifacts: true,
  artifacts_exclude: true,
  cache: true,
  fallback_cache_keys: true,
  refspecs: true,
  masking: true,
  raw_variables: true,
  multi_build_steps: true,
  return_exit_code: true,
  // No session server, no step runner and no secret resolvers: a coordinator must not send what would be ignored.
  session: false,
  terminal: false,
  native_steps_integration: false,
  vault_secrets: false,
};

/** Flags of the client itself, the same in every call. */
const clientFeatures = {
  trace_reset: true,
  trace_checksum: true,
  trace_size: true,
  cancelable: true,
  cancel_gracefully: true,
  two_phase_job_commit: true,
  job_inputs: true,
  shared: false,
  proxy: false,
};

export type Features = Readonly<Record<keyof typeof executorFeatures | keyof typeof clientFeatures, boolean>>;

/** The `info` object of register, verify, job request and job update (protocol section 2.3). */
export interface RunnerInfo {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly platform: string;
  readonly architecture: string;
  readonly executor?: string;
  readonly shell?: string;
  readonly features: Features;
  readonly config: { readonly gpus: string };
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RunnerTraits {
  /** [runners.docker] gpus, "" without. */
  readonly gpus: string;
  /** Global and entry labels merged, already checked by the configuration. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The docker executor on linux, as it is announced in every call but a registration. */
export function runnerInfo(agent: AgentIdentity, traits: RunnerTraits): RunnerInfo {
  return {
    ...identity(agent),
    executor: "docker",
    shell: "bash",
    features: { ...executorFeatures, ...clientFeatures },
    config: { gpus: traits.gpus },
    ...(Object.keys(traits.labels).length > 0 ? { labels: traits.labels } : {}),
  };
}

/** Computed from an empty configuration, as the reference runner does: no executor, no shell, none of their features. */
export function registrationInfo(agent: AgentIdentity): RunnerInfo {
  const none = Object.fromEntries(Object.keys(executorFeatures).map((name) => [name, false]));
  return {
    ...identity(agent),
    features: { ...executorFeatures, ...none, ...clientFeatures },
    config: { gpus: "" },
  };
}

function identity(agent: AgentIdentity) {
  return {
    name: "gitlab-runner",
    version: protocolVersion,
    revision: agent.revision,
    platform: agent.platform,
    architecture: agent.architecture,
  };
}
