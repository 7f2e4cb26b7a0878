import type { PayloadImage } from "../coordinator/job-payload.ts";
import { type HostContext, serviceHostSettings } from "./host-settings.ts";
import { type ImageReference, parseImage, serviceAliases, splitAliases } from "./image.ts";
import type { ContainerSpec, ServiceSpec } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { effectivePullPolicies, matchesAny, privilegedFor, requireAllowed } from "./policy.ts";
import { configurationRefusal } from "./refusal.ts";
import { fromEnvironment, type Variable, Variables } from "./variables.ts";

export interface ServiceContext {
  readonly variables: Variables;
  readonly containerBase: string;
  readonly binds: readonly string[];
  readonly host: HostContext;
  readonly labels: (own: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

interface ServiceRequest {
  readonly image: string;
  readonly alias: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly variables: readonly Variable[];
  readonly pullPolicy: readonly string[];
  readonly platform: string;
  readonly user: string;
}

/** Services of config.toml first, then the job's; a name that an earlier service has is skipped with a warning. */
export function planServices(
  input: PlanInput,
  context: ServiceContext,
): { readonly services: readonly ServiceSpec[]; readonly warnings: readonly string[] } {
  const { docker } = input.runner;
  const requests = serviceRequests(input, context.variables);
  if (docker.services_limit >= 0 && requests.length > docker.services_limit) {
    throw configurationRefusal(
      "SERVICES_LIMIT",
      `too many services requested: ${requests.length}, only ${docker.services_limit} allowed`,
      "use fewer services, or ask the admin to raise services_limit in config.toml",
    );
  }
  const warnings: string[] = [];
  const taken = new Set<string>();
  const services: ServiceSpec[] = [];
  requests.forEach((request, index) => {
    const image = serviceImage(request);
    if (image === null) {
      warnings.push(`services[${index}] is left out: variables make its name empty.`);
      return;
    }
    const aliases = namesOf(request, image).filter((alias) => {
      if (!taken.has(alias)) return true;
      warnings.push(
        `Skipping alias "${alias}" for service "${request.image}" (services[${index}]): alias is already in use by another service.`,
      );
      return false;
    });
    if (aliases.length === 0) return;
    for (const alias of aliases) taken.add(alias);
    services.push({
      name: serviceTitle(image),
      index,
      readiness: { kind: "ports" },
      container: serviceContainer(input, context, request, image, aliases, index),
    });
  });
  return { services, warnings };
}

/** All names under which the job's services are reached. */
export function serviceNames(input: PlanInput, variables: Variables): string[] {
  return serviceRequests(input, variables).flatMap((request) => {
    const image = serviceImage(request);
    return image === null ? [] : namesOf(request, image);
  });
}

/** As the log calls a service. */
export function serviceTitle(image: ImageReference): string {
  return `${image.service}:${image.version}`.replace(":@", "@");
}

function serviceRequests(input: PlanInput, variables: Variables): ServiceRequest[] {
  return [...configured(input, variables), ...requested(input, variables)];
}

/** Null where nothing is to be started: GitLab Runner has no name for such a service, unless it is given an alias. */
function serviceImage(request: ServiceRequest): ImageReference | null {
  const image = parseImage(request.image);
  if (image !== null) return image;
  if (request.image === "" && splitAliases(request.alias).length === 0) return null;
  throw configurationRefusal(
    "SERVICE_IMAGE",
    `invalid service image name: ${request.image}`,
    "name an image, such as postgres:16",
  );
}

function namesOf(request: ServiceRequest, image: ImageReference): string[] {
  return [...new Set([...serviceAliases(image), ...splitAliases(request.alias)])];
}

function configured(input: PlanInput, variables: Variables): ServiceRequest[] {
  return input.runner.docker.services.map((service) => ({
    image: variables.expand(service.name),
    alias: variables.expand(service.alias),
    entrypoint: service.entrypoint,
    command: service.command,
    variables: fromEnvironment(service.environment),
    pullPolicy: [],
    platform: "",
    user: "",
  }));
}

function requested(input: PlanInput, variables: Variables): ServiceRequest[] {
  const internal = input.runner.docker.services.map((service) => variables.expand(service.name));
  return input.payload.services.map((service: PayloadImage) => {
    const image = variables.expand(service.name);
    requireAllowed("services", image, input.runner.docker.allowed_services, internal);
    return {
      image,
      alias: variables.expand(service.alias),
      entrypoint: service.entrypoint,
      command: service.command,
      variables: service.variables.map((variable) => ({ ...variable, internal: false })),
      pullPolicy: service.pull_policy,
      platform: variables.expand(service.executor_opts?.docker?.platform ?? ""),
      user: variables.expand(service.executor_opts?.docker?.user ?? ""),
    };
  });
}

/** Public variables of the job and the service's own, these expanded against all: nothing secret reaches it unasked. */
function serviceEnvironment(all: Variables, own: readonly Variable[]): string[] {
  const everything = new Variables([...all.list, ...own]);
  const expanded = own.map((variable) =>
    variable.raw ? variable : { ...variable, value: everything.expand(variable.value) },
  );
  const visible = all.list.filter((variable) => variable.public || variable.internal);
  return new Variables([...visible, ...expanded]).environment();
}

function serviceContainer(
  input: PlanInput,
  context: ServiceContext,
  request: ServiceRequest,
  image: ImageReference,
  aliases: readonly string[],
  index: number,
): ContainerSpec {
  const { docker } = input.runner;
  const privileged =
    (docker.services_privileged ?? docker.privileged) &&
    privilegedFor(request.image, docker.allowed_privileged_services);
  const devices = Object.entries(docker.services_devices)
    .filter(([pattern]) => matchesAny(image.full, [pattern]))
    .flatMap(([, list]) => list);
  return {
    name: containerName(`${context.containerBase}-${image.service.replaceAll("/", "__")}-${index}`),
    image: image.full,
    pullPolicies: effectivePullPolicies(
      request.image,
      request.pullPolicy,
      docker.pull_policy,
      docker.allowed_pull_policies,
    ),
    platform: request.platform,
    hostname: "",
    user: request.user,
    workingDir: "",
    entrypoint: request.entrypoint.length > 0 && !docker.disable_entrypoint_overwrite ? request.entrypoint : null,
    command: request.command.length > 0 ? request.command : null,
    env: serviceEnvironment(context.variables, request.variables),
    labels: context.labels({ type: "service", service: image.service, "service.version": image.version }),
    binds: context.binds,
    host: serviceHostSettings(docker, context.host, privileged, devices),
    aliases,
    stdin: false,
  };
}

/** What Docker allows in a container's name; longer than a host name may be. */
export function containerName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9_.-]/g, "");
}
