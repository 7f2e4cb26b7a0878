/** GitLab Runner 19.4's feature flags and their defaults; all reach the job as variables. */
export const featureFlagDefaults: Readonly<Record<string, boolean>> = {
  FF_NETWORK_PER_BUILD: false,
  FF_USE_DIRECT_DOWNLOAD: true,
  FF_USE_FASTZIP: true,
  FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR: false,
  FF_ENABLE_BASH_EXIT_CODE_CHECK: false,
  FF_USE_LEGACY_BASH_EVAL: false,
  FF_SCRIPT_SECTIONS: false,
  FF_ENABLE_JOB_CLEANUP: false,
  FF_POSIXLY_CORRECT_ESCAPES: false,
  FF_RESOLVE_FULL_TLS_CHAIN: false,
  FF_SECRET_RESOLVING_FAILS_IF_MISSING: true,
  FF_USE_GIT_BUNDLE_URIS: true,
  FF_USE_GIT_NATIVE_CLONE: false,
  FF_USE_INIT_WITH_DOCKER_EXECUTOR: false,
  FF_USE_NATIVE_CONTAINER_STOP: false,
  FF_LOG_IMAGES_CONFIGURED_FOR_JOB: false,
  FF_USE_DOCKER_AUTOSCALER_DIAL_STDIO: true,
  FF_CLEAN_UP_FAILED_CACHE_EXTRACT: false,
  FF_TIMESTAMPS: true,
  FF_DISABLE_AUTOMATIC_TOKEN_ROTATION: false,
  FF_USE_LEGACY_GCS_CACHE_ADAPTER: false,
  FF_USE_LEGACY_S3_CACHE_ADAPTER: false,
  FF_GIT_URLS_WITHOUT_TOKENS: false,
  FF_MASK_ALL_DEFAULT_TOKENS: true,
  FF_EXPORT_HIGH_CARDINALITY_METRICS: false,
  FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY: true,
  FF_USE_ADAPTIVE_REQUEST_CONCURRENCY: true,
  FF_USE_GITALY_CORRELATION_ID: true,
  FF_HASH_CACHE_KEYS: false,
  FF_USE_JOB_ROUTER: false,
  FF_SCRIPT_TO_STEP_MIGRATION: false,
  FF_USE_GIT_PROACTIVE_AUTH: false,
  FF_CONCRETE: false,
  FF_SUSPENDABLE_ENVIRONMENTS: false,
  FF_USE_PARALLEL_CACHE_TRANSFER: false,
  FF_USE_PARALLEL_ARTIFACT_TRANSFER: false,
  FF_ENABLE_JOB_INPUTS_INTERPOLATION: true,
  FF_USE_DYNAMIC_TRACE_FORCE_SEND_INTERVAL: false,
};

export interface FeatureFlags {
  readonly values: Readonly<Record<string, boolean>>;
  /** Flags whose value in the job is neither true nor false. */
  readonly unreadable: readonly string[];
}

/** config.toml's [runners.feature_flags] wins over the job's variables, those over the defaults. */
export function resolveFeatureFlags(
  configured: Readonly<Record<string, boolean>>,
  job: (name: string) => string,
): FeatureFlags {
  const unreadable: string[] = [];
  const values = Object.entries(featureFlagDefaults).map(([name, byDefault]): [string, boolean] => {
    const fromConfig = configured[name];
    if (fromConfig !== undefined) return [name, fromConfig];
    const text = job(name).toLowerCase();
    if (text === "") return [name, byDefault];
    if (["1", "t", "true"].includes(text)) return [name, true];
    if (["0", "f", "false"].includes(text)) return [name, false];
    unreadable.push(name);
    return [name, byDefault];
  });
  return { values: Object.fromEntries(values), unreadable };
}

/** `NAME:value` of all that aren't at their default, as GitLab Runner shows them; "" for none. */
export function changedFlags({ values }: FeatureFlags): string {
  return Object.entries(values)
    .filter(([name, value]) => featureFlagDefaults[name] !== value)
    .map(([name, value]) => `${name}:${value}`)
    .join(", ");
}
