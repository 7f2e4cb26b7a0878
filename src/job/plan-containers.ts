import type { DaemonContribution } from "../daemon/contribution.ts";
import { announcedShellCommand } from "../script/shell-detection.ts";
import { quoteAll } from "../script/quote.ts";
import { macAddressOf } from "./addresses.ts";
import { type HostContext, jobHostSettings } from "./host-settings.ts";
import { parseImage } from "./image.ts";
import { nameParts } from "./job-variables.ts";
import { projectName } from "./names.ts";
import type { ContainerSpec } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { effectivePullPolicies, privilegedFor, requireAllowed, requireAllowedUser } from "./policy.ts";
import { hasOwnInterface } from "./plan-wiring.ts";
import { configurationRefusal } from "./refusal.ts";
import type { Variables } from "./variables.ts";
import { mergeBinds } from "./volumes.ts";

export interface ContainerContext {
  readonly variables: Variables;
  readonly containerBase: string;
  readonly binds: readonly string[];
  readonly host: HostContext;
  readonly labels: (own: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

/** The container that the job's script runs in. */
export function buildContainer(
  input: PlanInput,
  context: ContainerContext,
  wiring: Pick<DaemonContribution, "binds" | "groups">,
): ContainerSpec {
  const { docker } = input.runner;
  const { payload } = input;
  const name = jobImage(input, context.variables);
  const user =
    docker.user === "" ? context.variables.expand(payload.image?.executor_opts?.docker?.user ?? "") : docker.user;
  requireAllowedUser(user, docker.user, docker.allowed_users);
  const entrypoint = payload.image?.entrypoint ?? [];
  const privileged = docker.privileged && privilegedFor(name, docker.allowed_privileged_images);
  const host = jobHostSettings(docker, context.host, privileged, true);
  const mac = macAddressOf(docker, input.surroundings.apiVersion);
  return {
    name: `${context.containerBase}-build`,
    image: requireImage(name),
    pullPolicies: effectivePullPolicies(
      name,
      payload.image?.pull_policy ?? [],
      docker.pull_policy,
      docker.allowed_pull_policies,
    ),
    platform: context.variables.expand(payload.image?.executor_opts?.docker?.platform ?? ""),
    hostname: hostname(input),
    user,
    workingDir: "",
    entrypoint: entrypoint.length > 0 && !docker.disable_entrypoint_overwrite ? entrypoint : null,
    command: announcedShellCommand(),
    env: context.variables.environment(),
    labels: context.labels({ type: "build" }),
    binds: mergeBinds(context.binds, wiring.binds),
    host: { ...host, groupAdd: [...host.groupAdd, ...wiring.groups] },
    aliases: ["build"],
    stdin: true,
    // Its alone: on one network two containers with one address can't talk to each other.
    ...(mac !== null && hasOwnInterface(docker.network_mode) ? { mac } : {}),
  };
}

/**
 * The one helper of a job: its stages run in it one after another, so its own process only waits. Volumes are opened to
 * every user first, because the image of a job may run as any.
 *
 * @param directories mount points that the job must be able to write to
 */
export function helperContainer(
  input: PlanInput,
  context: ContainerContext,
  directories: readonly string[],
): ContainerSpec {
  const { docker } = input.runner;
  const name = helperName(input, context.variables);
  const open = directories.length === 0 ? "" : `chmod 0777 ${quoteAll(directories)} 2>/dev/null; `;
  return {
    name: `${context.containerBase}-predefined`,
    image: requireImage(name),
    pullPolicies: helperPolicies(input, name),
    platform: "",
    hostname: hostname(input),
    user: "0",
    workingDir: "",
    entrypoint: ["sh"],
    command: ["-c", `${open}trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done`],
    env: context.variables.environment(),
    labels: context.labels({ type: "predefined" }),
    binds: context.binds,
    host: jobHostSettings(
      docker,
      context.host,
      docker.privileged && privilegedFor(name, docker.allowed_privileged_images),
      false,
    ),
    aliases: [],
    stdin: false,
  };
}

function jobImage(input: PlanInput, variables: Variables): string {
  const { docker } = input.runner;
  const byDefault = variables.expand(docker.image);
  const asked = variables.expand(input.payload.image?.name ?? "");
  if (asked === "" && byDefault === "") {
    throw configurationRefusal(
      "NO_IMAGE",
      "no Docker image specified to run the build in",
      "set `image:` in .gitlab-ci.yml, or `image` in [runners.docker] of config.toml",
    );
  }
  if (asked === "") return byDefault;
  requireAllowed("images", asked, docker.allowed_images, [byDefault]);
  return asked;
}

/** Said where config.toml names the helper's image, in GitLab Runner's words. */
export function helperNotice(input: PlanInput, variables: Variables): string {
  return `Using helper image: ${helperName(input, variables)} (overridden, default would be ${input.defaultHelperImage})`;
}

/** The default image's tag is that of one release: what is there need not be asked for again. */
function helperPolicies({ runner: { docker } }: PlanInput, name: string): string[] {
  const policies = effectivePullPolicies(name, [], docker.pull_policy, docker.allowed_pull_policies);
  if (docker.helper_image !== "") return policies;
  return policies.every((policy) => policy === "never") ? policies : ["if-not-present"];
}

function helperName(input: PlanInput, variables: Variables): string {
  const { agent } = input;
  if (input.runner.docker.helper_image === "") return input.defaultHelperImage;
  return input.runner.docker.helper_image
    .replaceAll("${CI_RUNNER_VERSION}", agent.protocolVersion)
    .replaceAll("${CI_RUNNER_REVISION}", agent.revision)
    .replace(/\$\{?[A-Za-z_]\w*\}?/g, (text) => variables.expand(text));
}

function requireImage(name: string): string {
  if (parseImage(name) !== null) return name;
  throw configurationRefusal(
    "IMAGE_NAME",
    `invalid image name: "${name}"`,
    "name an image as REGISTRY/NAME:TAG; a variable in it may be empty",
  );
}

function hostname(input: PlanInput): string {
  const { hostname: own, network_mode: mode } = input.runner.docker;
  // It has the name of the container whose network it shares, and the daemon takes no other.
  if (mode.startsWith("container:")) return "";
  return own === "" ? projectName(nameParts(input)) : own;
}
