import { gitSettings } from "../script/git-settings.ts";
import { classicNotice, classicSocketOf, classicVariables } from "./classic-socket.ts";
import { dockerWarnings } from "./docker-warnings.ts";
import { debugSettings } from "./debug-settings.ts";
import { jobDirectories, planDirectories, projectSlug } from "./directories.ts";
import { type Directories, jobFeatureFlags, jobVariables, nameParts } from "./job-variables.ts";
import { sensitiveInputs, withInputs } from "./inputs.ts";
import { hostContext } from "./host-settings.ts";
import { containerLabels, jobLabels } from "./labels.ts";
import { largeVariableWarnings } from "./large-variables.ts";
import { networkName, projectName } from "./names.ts";
import type { JobPlan } from "./plan.ts";
import { buildContainer, helperContainer, helperNotice } from "./plan-containers.ts";
import type { PlanInput } from "./plan-input.ts";
import { configuredLabels, isProtected, labelFacts } from "./plan-labels.ts";
import { planProvenance } from "./plan-provenance.ts";
import { planServices } from "./plan-services.ts";
import { jobSettings } from "./plan-settings.ts";
import { sidecarService } from "./plan-sidecar.ts";
import { planStorage } from "./plan-storage.ts";
import { planRemoteCache } from "./remote-cache-plan.ts";
import { planSources } from "./plan-sources.ts";
import { planAfterScript, planArtifacts, planCaches, planDependencies, planSteps, scriptStyle } from "./plan-stages.ts";
import { policyNotices } from "./policy-notice.ts";
import { requireSupported } from "./requirements.ts";
import { secretWarnings } from "./secrets.ts";
import { stageLimits } from "./stage-limits.ts";
import { jobTimeoutSeconds } from "./timeout.ts";
import { goesWithJob } from "./volumes.ts";
import { uploadLimits } from "./plan-transfers.ts";
import { planVolumes, readVolumes } from "./plan-volumes.ts";
import { hostAddressOf, isDefaultNetwork, planWiring } from "./plan-wiring.ts";
import { requireCountable, type Variables } from "./variables.ts";
import { isTooShortToHide, shortestSecret } from "../support/shortest-secret.ts";

const defaultServicesWaitSeconds = 30;

/**
 * Decides everything about a job. Pure: the same input gives the same plan. Throws a JobRefusal for a job that can't be
 * run as it stands.
 */
export function planJob(received: PlanInput): JobPlan {
  requireCountable(received.payload.variables.length);
  const flags = jobFeatureFlags(received);
  requireSupported(received, flags.values["FF_SECRET_RESOLVING_FAILS_IF_MISSING"] === false);
  const interpolates = flags.values["FF_ENABLE_JOB_INPUTS_INTERPOLATION"] !== false;
  const input = interpolates ? { ...received, payload: withInputs(received.payload) } : received;
  const { payload, runner } = input;
  const { docker } = runner;
  const timeoutSeconds = jobTimeoutSeconds(payload);
  const containerBase = `${projectName(nameParts(input))}-${input.suffix}`;
  const networkMtu = docker.network_mtu > 0 ? docker.network_mtu : input.surroundings.networkMtu;
  const unwired = jobVariables(input, flags, {}, jobDirectories(input, false, "", ""), timeoutSeconds, false);
  const planned = planWiring(input, unwired, containerBase, networkMtu);
  const { contribution: wiring } = planned;

  const hasServices = docker.services.length + payload.services.length > 0 || wiring.sidecar !== null;
  const ownNetwork =
    isDefaultNetwork(docker.network_mode) && (hasServices || flags.values["FF_NETWORK_PER_BUILD"] === true);
  const withDirectories = (directories: Directories, more: Readonly<Record<string, string>>) =>
    jobVariables(input, flags, { ...more, ...wiring.variables }, directories, timeoutSeconds, ownNetwork);

  // GIT_CLONE_PATH, volumes and the strategy may name variables that hold the directories they decide about.
  const first = withDirectories(jobDirectories(input, false, "", ""), {});
  const git = gitSettings((key) => first.value(key), {
    allowGitFetch: payload.allow_git_fetch,
    depth: payload.git_info.depth,
  });
  const entries = readVolumes(docker.volumes, (text) => first.expand(text));
  const socket = input.wiring.kind === "socket" ? null : classicSocketOf(entries, first);
  const { directories, buildsOnHost } = planDirectories(input, first, entries, wiring, socket, git.settings.strategy);
  const variables = withDirectories(directories, classicVariables(socket, first, hostAddressOf(input)));
  const settings = jobSettings(variables, timeoutSeconds);

  const facts = labelFacts(input, variables, timeoutSeconds);
  const labels = (own: Readonly<Record<string, string>>) => jobLabels(facts, own);
  const caches = planCaches(input, variables);
  const remoteCache = caches.length === 0 ? null : planRemoteCache(input, variables);
  const openUmask = flags.values["FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR"] !== true;
  const volumes = planVolumes(input, {
    entries,
    buildsDir: directories.buildsDir,
    buildsOnHost,
    keepBuilds: git.settings.strategy === "fetch",
    cacheDir: caches.length > 0 ? runner.cache_dir : "",
    reserved: [...wiring.volumes, ...(wiring.store === null ? [] : [wiring.store])].map((volume) => volume.destination),
    isProtected: isProtected(input),
    temporaryBase: containerBase,
    labels,
  });
  const context = {
    variables,
    containerBase,
    binds: volumes.binds,
    host: hostContext(input, flags.values["FF_USE_INIT_WITH_DOCKER_EXECUTOR"] === true),
    labels: (own: Readonly<Record<string, string>>) => containerLabels(facts, own, configuredLabels(input, variables)),
  };
  const { services: jobServices, warnings: serviceWarnings } = planServices(input, context);
  const requested = docker.services.length + payload.services.length;
  const services =
    wiring.sidecar === null ? jobServices : [...jobServices, sidecarService(input, context, wiring.sidecar, requested)];
  const { trace: debugTrace } = debugSettings(variables, runner.debug_trace_disabled);
  const sources = planSources(input, variables, git.settings, directories, openUmask, flags.values);
  const artifacts = planArtifacts(input, variables);
  const dependencies = planDependencies(input);
  const provenance = planProvenance(input, variables);
  const needsHelper =
    sources !== null ||
    caches.length + artifacts.length + dependencies.length + services.length > 0 ||
    wiring.remote !== null ||
    // Their files would stay behind where the builds do.
    (variables.files().length > 0 && !goesWithJob(volumes.volumes, directories.projectDir));

  return {
    jobId: payload.id,
    timeoutSeconds,
    scriptTimeoutSeconds: settings.scriptTimeoutSeconds,
    afterScriptTimeoutSeconds: settings.afterScriptTimeoutSeconds,
    afterScriptIgnoreErrors: settings.afterScriptIgnoreErrors,
    getSourcesLimit: stageLimits(runner, timeoutSeconds).getSources,
    attempts: {
      ...settings.attempts,
      backOff: flags.values["FF_USE_EXPONENTIAL_BACKOFF_STAGE_RETRY"] !== false,
    },
    projectDir: directories.projectDir,
    tempDir: directories.tempDir,
    environment: variables.environment(),
    fileVariables: variables.files(),
    dockerAuthConfig: variables.value("DOCKER_AUTH_CONFIG"),
    masks: distinct([
      ...variables.masked(),
      ...sensitiveInputs(payload),
      // Nobody has called them masked.
      ...[...payload.credentials.map(({ password }) => password), payload.token].filter(
        (secret) => !isTooShortToHide(secret),
      ),
    ]),
    network: ownNetwork
      ? {
          name: networkName(nameParts(input), payload.id),
          labels: labels({ type: "network" }),
          mtu: networkMtu,
          enableIpv6: docker.enable_ipv6,
        }
      : null,
    networkMode: docker.network_mode,
    volumes: [
      ...volumes.volumes,
      ...wiring.volumes.map((volume) => ({
        ...volume,
        temporary: true,
        labels: labels({ type: "cache", destination: volume.destination, reusable: "false" }),
        driver: "",
        driverOptions: {},
      })),
    ],
    storage: planStorage(input, wiring, requested, labels),
    seeds: wiring.seeds,
    services,
    waitForServicesSeconds:
      docker.wait_for_services_timeout === 0 ? defaultServicesWaitSeconds : docker.wait_for_services_timeout,
    wiring: input.wiring.kind === "dind" && wiring.sidecar === null ? "none" : input.wiring.kind,
    remoteDaemon: wiring.remote,
    composeProject: wiring.composeProject,
    socketOfUnknownGroup: wiring.socketOfUnknownGroup === "" ? (socket?.path ?? "") : wiring.socketOfUnknownGroup,
    build: buildContainer(input, context, wiring),
    helper: helperContainer(input, context, openUmask ? volumes.ours : []),
    needsHelper,
    keepAnonymousVolumes: docker.volume_keep,
    sources,
    caches,
    cachePlace: {
      cacheDir: runner.cache_dir,
      projectPath: projectSlug(input),
      projectDir: directories.projectDir,
      tempDir: directories.tempDir,
      jobName: payload.job_info.name,
      ref: payload.git_info.ref,
      fallbackKey: variables.get("CACHE_FALLBACK_KEY"),
      openUmask,
      ...(flags.values["FF_HASH_CACHE_KEYS"] === true ? { hashKeys: true } : {}),
      ...(flags.values["FF_CLEAN_UP_FAILED_CACHE_EXTRACT"] === true ? { cleanUpFailed: true } : {}),
    },
    ...(remoteCache === null ? {} : { remoteCache }),
    dependencies,
    steps: planSteps(input, variables),
    afterScript: planAfterScript(input),
    style: scriptStyle(input, flags.values, debugTrace),
    artifacts,
    openUmask,
    nativeStop: flags.values["FF_USE_NATIVE_CONTAINER_STOP"] === true,
    jobCleanup: flags.values["FF_ENABLE_JOB_CLEANUP"] === true ? git.settings : null,
    directDownload: flags.values["FF_USE_DIRECT_DOWNLOAD"] !== false,
    ...uploadLimits(runner),
    ...(provenance === null ? {} : { provenance: provenance.plan }),
    // What a job that fetches nothing finds there is not its own.
    cleanGitConfig: runner.clean_git_config && git.settings.strategy !== "none",
    debugTrace,
    notices: [
      ...(socket === null || buildsOnHost === "" || wiring.buildsOnHost ? [] : [classicNotice(socket, buildsOnHost)]),
      ...planned.notices,
      ...(needsHelper && docker.helper_image !== "" ? [helperNotice(input, variables)] : []),
      ...policyNotices(payload),
    ],
    warnings: [
      ...warnings(input, variables, flags.unreadable, git.warnings),
      ...settings.warnings,
      ...secretWarnings(payload),
      ...largeVariableWarnings(variables.environment()),
      ...(provenance?.warnings ?? []),
      ...planned.warnings,
      ...serviceWarnings,
    ],
  };
}

function warnings(
  input: PlanInput,
  variables: Variables,
  unreadableFlags: readonly string[],
  git: readonly string[],
): string[] {
  const { runner } = input;
  const withEntrypoint = [input.payload.image, ...input.payload.services, ...runner.docker.services].filter(
    (image) => (image?.entrypoint.length ?? 0) > 0,
  );
  const overridesEntrypoint = withEntrypoint.length > 0 && runner.docker.disable_entrypoint_overwrite;
  return [
    ...unreadableFlags.map(
      (name) => `The value of feature flag ${name} is neither true nor false; its default is used`,
    ),
    ...debugSettings(variables, runner.debug_trace_disabled).warnings,
    ...input.payload.variables
      .filter(({ masked, value }) => masked && value.trim() !== "" && isTooShortToHide(value))
      .map(
        ({ key }) =>
          `${key} has fewer than ${shortestSecret} characters: it is hidden wherever these stand in this log, also within other words`,
      ),
    ...(overridesEntrypoint ? ["Entrypoint override disabled"] : []),
    ...(runner.docker.volume_keep
      ? ["volume_keep is set: anonymous volumes stay on the daemon after the job, and pile up"]
      : []),
    ...dockerWarnings(runner.docker),
    ...git,
  ];
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== "");
}
