import { shortToken } from "../coordinator/token.ts";
import { type FeatureFlags, featureFlagDefaults, resolveFeatureFlags } from "./feature-flags.ts";
import { networkName } from "./names.ts";
import type { PlanInput } from "./plan-input.ts";
import { emptySecrets } from "./secrets.ts";
import { externalGitConfig } from "../script/git-cleanup.ts";
import { fromEnvironment, internal, type Variable, Variables } from "./variables.ts";

export interface Directories {
  readonly buildsDir: string;
  readonly projectDir: string;
  readonly tempDir: string;
}

/** Reads the feature flags of a job: its variables, config.toml's `environment` below them, count where [runners.feature_flags] says nothing. */
export function jobFeatureFlags(input: Pick<PlanInput, "payload" | "runner">): FeatureFlags {
  const variables = new Variables([...fromEnvironment(input.runner.environment), ...jobLayer(input)]).expanded();
  return resolveFeatureFlags(input.runner.feature_flags, (name) => variables.get(name));
}

/**
 * All variables of the job in GitLab Runner's order, later ones winning: feature flags, the wiring's defaults, the job's image, config.toml's
 * environment, what the runner sets, the job's own, what nobody may override.
 */
export function jobVariables(
  input: PlanInput,
  flags: FeatureFlags,
  wiring: Readonly<Record<string, string>>,
  directories: Directories,
  timeoutSeconds: number,
  hasOwnNetwork: boolean,
): Variables {
  const { payload, runner, agent } = input;
  const image = payload.image?.name ?? "";
  const ofAdmin = fromEnvironment(runner.environment);
  const ofJob = jobLayer(input);
  const takenBack = isTakenBack([...ofAdmin, ...ofJob], wiring);
  const isSaid = ({ key }: Variable) => !(takenBack && key === "DOCKER_HOST");
  return new Variables([
    ...Object.entries(flags.values).map(([name, value]) => internal(name, String(value))),
    ...Object.entries(wiring).map(([name, value]) => internal(name, value)),
    ...(image === "" ? [] : [internal("CI_JOB_IMAGE", image)]),
    internal("CI_RUNNER_SHORT_TOKEN", shortToken(runner.token)),
    ...ofAdmin.filter(isSaid),
    internal("CI_BUILDS_DIR", directories.buildsDir),
    internal("CI_PROJECT_DIR", directories.projectDir),
    internal("CI_CONCURRENT_ID", String(input.slot.runner)),
    internal("CI_CONCURRENT_PROJECT_ID", String(input.slot.project)),
    internal("CI_SERVER", "yes"),
    internal("CI_JOB_STATUS", "running"),
    internal("CI_JOB_TIMEOUT", String(timeoutSeconds)),
    ...serverTls(input),
    ...(flags.values["FF_GIT_URLS_WITHOUT_TOKENS"] === true ? gitEnvironment(directories.tempDir) : []),
    ...ofJob.filter((variable) => !Object.hasOwn(featureFlagDefaults, variable.key) && isSaid(variable)),
    internal("CI_DISPOSABLE_ENVIRONMENT", "true"),
    internal("CI_RUNNER_VERSION", agent.protocolVersion),
    internal("CI_RUNNER_REVISION", agent.revision),
    internal("CI_RUNNER_EXECUTABLE_ARCH", `linux/${agent.architecture}`),
    ...emptySecrets(payload),
    internal("RUNNER_TEMP_PROJECT_DIR", directories.tempDir),
    ...(hasOwnNetwork ? [internal("CI_BUILD_NETWORK_NAME", networkName(nameParts(input), payload.id))] : []),
  ]).expanded();
}

/** Settings for git wherever in the job it runs: in the project directory the repository's own file names them. */
function gitEnvironment(tempDir: string): Variable[] {
  return [
    internal("GIT_CONFIG_COUNT", "1"),
    internal("GIT_CONFIG_KEY_0", "include.path"),
    internal("GIT_CONFIG_VALUE_0", externalGitConfig(tempDir)),
  ];
}

function jobLayer(input: Pick<PlanInput, "payload">): Variable[] {
  return input.payload.variables.map((variable) => ({ ...variable, internal: false }));
}

/** Clients take an empty DOCKER_HOST for none, and it is an old way to take one back: it says nothing against the wiring's. */
function isTakenBack(layers: readonly Variable[], wiring: Readonly<Record<string, string>>): boolean {
  return "DOCKER_HOST" in wiring && layers.findLast(({ key }) => key === "DOCKER_HOST")?.value === "";
}

function serverTls({ serverTls: tls }: PlanInput): Variable[] {
  const file = (key: string, value: string): Variable => ({ ...internal(key, value), file: true, raw: true });
  return [
    ...(tls.ca === "" ? [] : [file("CI_SERVER_TLS_CA_FILE", tls.ca)]),
    ...(tls.cert === "" || tls.key === ""
      ? []
      : [file("CI_SERVER_TLS_CERT_FILE", tls.cert), { ...file("CI_SERVER_TLS_KEY_FILE", tls.key), public: false }]),
  ];
}

export function nameParts(input: PlanInput) {
  return {
    shortToken: shortToken(input.runner.token),
    projectId: input.payload.job_info.project_id,
    projectSlot: input.slot.project,
  };
}
