import type { PayloadImage } from "../coordinator/job-payload.ts";
import type { SidecarSpec } from "../daemon/contribution.ts";
import { type HostContext, serviceHostSettings } from "./host-settings.ts";
import { globMatcher } from "./globs.ts";
import { parseImage, serviceAliases, splitAliases } from "./image.ts";
import type { ContainerSpec, ServiceSpec } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { effectivePullPolicies, privilegedFor, requireAllowed } from "./policy.ts";
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
  sidecar: SidecarSpec | null,
): { readonly services: readonly ServiceSpec[]; readonly warnings: readonly string[] } {
  const { docker } = input.runner;
  const requests = [...configured(input, context), ...requested(input, context)];
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
    const image = parseImage(request.image);
    if (image === null) {
      throw configurationRefusal("SERVICE_IMAGE", `invalid service image name: ${request.image}`, "name an image, such as postgres:16");
    }
    const aliases = [...serviceAliases(image), ...splitAliases(request.alias)].filter((alias) => {
      if (!taken.has(alias)) return true;
      warnings.push(
        `Skipping alias "${alias}" for service "${request.image}" (services[${index}]): alias is already in use by another service.`,
      );
      return false;
    });
    if (aliases.length === 0) return;
    for (const alias of aliases) taken.add(alias);
    services.push({
      name: `${image.service}:${image.version}`.replace(":@", "@"),
      index,
      readiness: { kind: "ports" },
      container: serviceContainer(input, context, request, image.full, aliases, {
        slug: image.service.replaceAll("/", "__"),
        index,
        service: image.service,
        version: image.version,
      }),
    });
  });
  if (sidecar !== null) {
    if (taken.has(sidecar.alias)) {
      warnings.push(`The job brings a service "${sidecar.alias}" of its own, so the runner's own Docker daemon is not started.`);
    } else services.push(sidecarService(input, context, sidecar, services.length));
  }
  return { services, warnings };
}

function configured(input: PlanInput, { variables }: ServiceContext): ServiceRequest[] {
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

function requested(input: PlanInput, { variables }: ServiceContext): ServiceRequest[] {
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
  image: string,
  aliases: readonly string[],
  naming: { readonly slug: string; readonly index: number; readonly service: string; readonly version: string },
): ContainerSpec {
  const { docker } = input.runner;
  const privileged =
    (docker.services_privileged ?? docker.privileged) && privilegedFor(request.image, docker.allowed_privileged_services);
  const devices = Object.entries(docker.services_devices)
    .filter(([pattern]) => globMatcher(pattern)(request.image))
    .flatMap(([, list]) => list);
  return {
    name: containerName(`${context.containerBase}-${naming.slug}-${naming.index}`),
    image,
    pullPolicies: effectivePullPolicies(request.image, request.pullPolicy, docker.pull_policy, docker.allowed_pull_policies),
    platform: request.platform,
    hostname: "",
    user: request.user,
    workingDir: "",
    entrypoint: request.entrypoint.length > 0 && !docker.disable_entrypoint_overwrite ? request.entrypoint : null,
    command: request.command.length > 0 ? request.command : null,
    env: serviceEnvironment(context.variables, request.variables),
    labels: context.labels({ type: "service", service: naming.service, "service.version": naming.version }),
    binds: context.binds,
    host: serviceHostSettings(docker, context.host, privileged, devices),
    aliases,
  };
}

function sidecarService(input: PlanInput, context: ServiceContext, sidecar: SidecarSpec, index: number): ServiceSpec {
  const { docker } = input.runner;
  const image = parseImage(sidecar.image);
  if (image === null) {
    throw configurationRefusal("SIDECAR_IMAGE", `invalid image in [runners.docker.daemon]: ${sidecar.image}`, "name an image, such as docker:dind", "admin");
  }
  return {
    name: `${image.service}:${image.version}`.replace(":@", "@"),
    index,
    readiness: { kind: "docker-api", host: sidecar.alias, port: sidecar.port, tls: sidecar.tls, certificates: sidecar.certificates },
    container: {
      name: containerName(`${context.containerBase}-${image.service.replaceAll("/", "__")}-${index}`),
      image: image.full,
      pullPolicies: effectivePullPolicies(sidecar.image, [], docker.pull_policy, docker.allowed_pull_policies),
      platform: "",
      hostname: "",
      user: "",
      workingDir: "",
      entrypoint: null,
      command: sidecar.command.length > 0 ? sidecar.command : null,
      env: sidecar.env,
      labels: context.labels({ type: "service", service: image.service, "service.version": image.version }),
      binds: [...context.binds, ...sidecar.binds],
      // The one container that is privileged by the wiring, whatever `privileged` says.
      host: serviceHostSettings(docker, context.host, true, []),
      aliases: [sidecar.alias],
    },
  };
}

/** What Docker allows in a container's name; longer than a host name may be. */
function containerName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9_.-]/g, "");
}
