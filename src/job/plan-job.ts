import { isDockerSocket } from "../daemon/socket.ts";
import { contribute } from "../daemon/wiring.ts";
import { gitSettings } from "../script/git-settings.ts";
import { jobDirectories, projectSlug, slotDir } from "./directories.ts";
import { type Directories, jobFeatureFlags, jobVariables, nameParts } from "./job-variables.ts";
import { jobLabels } from "./labels.ts";
import { networkName, projectName } from "./names.ts";
import type { JobPlan } from "./plan.ts";
import { buildContainer, helperContainer } from "./plan-containers.ts";
import type { PlanInput } from "./plan-input.ts";
import { isProtected, labelFacts } from "./plan-labels.ts";
import { planServices } from "./plan-services.ts";
import { jobSettings } from "./plan-settings.ts";
import { planSources } from "./plan-sources.ts";
import { planAfterScript, planArtifacts, planCaches, planDependencies, planSteps, requireSupported, scriptStyle } from "./plan-stages.ts";
import { isWithin } from "./volumes.ts";
import { planVolumes, readVolumes } from "./plan-volumes.ts";
import { fromEnvironment, type Variables } from "./variables.ts";

const defaultTimeoutSeconds = 7200;
const defaultServicesWaitSeconds = 30;

/**
 * Decides everything about a job. Pure: the same input gives the same plan. Throws a JobRefusal for a job that can't be
 * run as it stands.
 */
export function planJob(input: PlanInput): JobPlan {
  requireSupported(input);
  const { payload, runner } = input;
  const { docker } = runner;
  const timeoutSeconds = (payload.runner_info?.timeout ?? 0) > 0 ? (payload.runner_info?.timeout as number) : defaultTimeoutSeconds;
  const flags = jobFeatureFlags(input);
  const containerBase = `${projectName(nameParts(input))}-${input.suffix}`;
  const wiring = contribute(input.wiring, {
    jobId: payload.id,
    volumeBase: containerBase,
    mtu: input.networkMtu,
    registryMirrors: input.registryMirrors,
    dns: docker.dns,
    dnsSearch: docker.dns_search,
    proxy: proxySettings(runner.environment),
  });

  const hasServices = docker.services.length + payload.services.length > 0 || wiring.sidecar !== null;
  const ownNetwork = isDefaultMode(docker.network_mode) && (hasServices || flags.values["FF_NETWORK_PER_BUILD"] === true);
  const withDirectories = (directories: Directories) =>
    jobVariables(input, flags, wiring.variables, directories, timeoutSeconds, ownNetwork);

  // GIT_CLONE_PATH, volumes and the strategy may name variables that hold the directories they decide about.
  const first = withDirectories(jobDirectories(input, false, "", ""));
  const git = gitSettings((key) => first.get(key), { allowGitFetch: payload.allow_git_fetch, depth: payload.git_info.depth });
  const entries = readVolumes(docker.volumes, (text) => first.expand(text));
  const buildsMount = entries.find((entry) => entry.destination === first.get("CI_BUILDS_DIR"));
  const shared = buildsMount !== undefined && buildsMount.source.startsWith("/");
  const autowire = first.get("LONGSHORE_DIND_AUTOWIRE").toLowerCase() !== "false";
  const classicSocket = autowire && entries.some((entry) => isDockerSocket(entry.source));
  const onHost = buildsMount === undefined && (wiring.buildsOnHost || classicSocket);
  const directories = jobDirectories(input, shared || onHost, first.get("GIT_CLONE_PATH"), git.settings.strategy);
  const variables = withDirectories(directories);
  const settings = jobSettings(variables, timeoutSeconds);

  const labels = (own: Readonly<Record<string, string>>) => ({
    ...Object.fromEntries(Object.entries(docker.container_labels).map(([key, value]) => [key, variables.expand(value)])),
    ...jobLabels(labelFacts(input, variables, timeoutSeconds), own),
  });
  const caches = planCaches(input, variables);
  const openUmask = flags.values["FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR"] !== true;
  const volumes = planVolumes(input, {
    entries,
    buildsDir: directories.buildsDir,
    buildsOnHost: onHost ? slotDir(input, directories.buildsDir) : "",
    keepBuilds: git.settings.strategy === "fetch",
    cacheDir: caches.length > 0 ? runner.cache_dir : "",
    isProtected: isProtected(input),
    temporaryBase: containerBase,
    labels,
  });
  const host = {
    slotCgroup: runner.use_slot_cgroups ? runner.slot_cgroup_template.replaceAll("${slot}", String(input.slot.runner)) : "",
    serviceSlotCgroup: runner.use_slot_cgroups
      ? docker.service_slot_cgroup_template.replaceAll("${slot}", String(input.slot.runner))
      : "",
    init: flags.values["FF_USE_INIT_WITH_DOCKER_EXECUTOR"] === true,
  };
  const context = { variables, containerBase, binds: volumes.binds, host, labels };
  const { services, warnings: serviceWarnings } = planServices(input, context, wiring.sidecar);
  const debugTrace = variables.flag("CI_DEBUG_TRACE") && !runner.debug_trace_disabled;
  const sources = planSources(input, variables, git.settings, directories, openUmask, flags.values["FF_USE_GIT_BUNDLE_URIS"] !== false);
  const artifacts = planArtifacts(input, variables);
  const dependencies = planDependencies(input);

  return {
    jobId: payload.id,
    timeoutSeconds,
    scriptTimeoutSeconds: settings.scriptTimeoutSeconds,
    afterScriptTimeoutSeconds: settings.afterScriptTimeoutSeconds,
    afterScriptIgnoreErrors: settings.afterScriptIgnoreErrors,
    attempts: settings.attempts,
    projectDir: directories.projectDir,
    tempDir: directories.tempDir,
    environment: variables.environment(),
    fileVariables: variables.files(),
    masks: [...variables.masked(), ...payload.credentials.map((credential) => credential.password), payload.token],
    network: ownNetwork
      ? {
          name: networkName(nameParts(input), payload.id),
          labels: labels({ type: "network" }),
          mtu: docker.network_mtu > 0 ? docker.network_mtu : input.networkMtu,
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
    seeds: wiring.seeds,
    services,
    waitForServicesSeconds: docker.wait_for_services_timeout === 0 ? defaultServicesWaitSeconds : docker.wait_for_services_timeout,
    remoteDaemon: wiring.remote,
    composeProject: wiring.composeProject,
    build: buildContainer(input, context, wiring.binds),
    helper: helperContainer(input, context, openUmask ? writableMounts(volumes.binds, directories) : []),
    needsHelper: sources !== null || caches.length + artifacts.length + dependencies.length + services.length > 0 || wiring.remote !== null,
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
    },
    dependencies,
    steps: planSteps(input),
    afterScript: planAfterScript(input),
    style: scriptStyle(input, flags.values, debugTrace),
    artifacts,
    openUmask,
    directDownload: flags.values["FF_USE_DIRECT_DOWNLOAD"] !== false,
    cleanGitConfig: runner.clean_git_config,
    debugTrace,
    notices: [],
    warnings: [...warnings(input, variables, flags.unreadable, git.warnings), ...settings.warnings, ...serviceWarnings],
  };
}

function warnings(
  input: PlanInput,
  variables: Variables,
  unreadableFlags: readonly string[],
  git: readonly string[],
): string[] {
  const { runner } = input;
  const overridesEntrypoint = (input.payload.image?.entrypoint.length ?? 0) > 0 && runner.docker.disable_entrypoint_overwrite;
  return [
    ...unreadableFlags.map((name) => `The value of feature flag ${name} is neither true nor false; its default is used`),
    ...(variables.flag("CI_DEBUG_TRACE") && runner.debug_trace_disabled
      ? ["CI_DEBUG_TRACE: usage is disabled on this Runner"]
      : []),
    ...(overridesEntrypoint ? ["Entrypoint override disabled"] : []),
    ...git,
  ];
}

function isDefaultMode(mode: string): boolean {
  return mode === "" || mode === "bridge" || mode === "default";
}

/** Mount points that any user of a job must be able to write to: the builds and every volume that we made. */
function writableMounts(binds: readonly string[], directories: Directories): string[] {
  return binds
    .map((text) => text.split(":"))
    .filter(([source = "", destination = ""]) => !source.startsWith("/") || isWithin(directories.projectDir, destination))
    .map(([, destination = ""]) => destination);
}

const proxyNames = ["http_proxy", "https_proxy", "no_proxy"];

function proxySettings(environment: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    fromEnvironment(environment)
      .filter((variable) => proxyNames.includes(variable.key.toLowerCase()))
      .map((variable) => [variable.key, variable.value]),
  );
}
