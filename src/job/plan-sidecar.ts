import type { SidecarSpec } from "../daemon/contribution.ts";
import { containerName, type ServiceContext, serviceTitle } from "./plan-services.ts";
import { networkOptions, releaseOf } from "./daemon-options.ts";
import { readDockerdArguments } from "./dockerd-arguments.ts";
import { serviceHostSettings } from "./host-settings.ts";
import type { ImageConfig } from "./image-config.ts";
import { type ImageReference, parseImage } from "./image.ts";
import type { ServiceSpec } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { effectivePullPolicies } from "./policy.ts";
import { configurationRefusal } from "./refusal.ts";
import { bindDestination, isWithin, mergeBinds } from "./volumes.ts";

const sidecarHint =
  "its last lines stand above; the image must be a docker:dind that this host can run privileged ([runners.docker.daemon] in config.toml)";

/** The wiring's own Docker daemon as a service of the job; `index` follows those of the other services. */
export function sidecarService(
  input: PlanInput,
  context: ServiceContext,
  sidecar: SidecarSpec,
  index: number,
): ServiceSpec {
  const { docker } = input.runner;
  const image = requireSidecarImage(sidecar.image);
  const binds = mergeBinds(context.binds, sidecar.binds);
  const host = serviceHostSettings(docker, context.host, true, []);
  return {
    name: serviceTitle(image),
    index,
    readiness: {
      kind: "docker-api",
      host: sidecar.alias,
      port: sidecar.port,
      tls: sidecar.tls,
      certificates: sidecar.certificates,
      hint: sidecarHint,
    },
    ...(sidecar.carried.length > 0 ? { carried: sidecar.carried } : {}),
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
      binds,
      // The one container that is privileged by the wiring, whatever `privileged` says.
      host: { ...host, tmpfs: { ...ownTmp(binds), ...host.tmpfs } },
      aliases: [sidecar.alias],
      stdin: false,
    },
  };
}

/** `image` of [runners.docker.daemon]. */
export function requireSidecarImage(text: string): ImageReference {
  const image = parseImage(text);
  if (image !== null) return image;
  throw configurationRefusal(
    "SIDECAR_IMAGE",
    `invalid image in [runners.docker.daemon]: ${text}`,
    "name an image, such as docker:dind",
    "admin",
  );
}

/**
 * The sidecar with what depends on its image: only some releases of dockerd know how to size the networks that are made
 * in them.
 *
 * @param configured keys of the daemon's configuration file, be it the image's or mounted: what stands there is said
 */
export function sidecarOfImage(
  service: ServiceSpec,
  image: ImageConfig,
  configured: ReadonlySet<string> = new Set(),
): ServiceSpec {
  const { container, carried = [] } = service;
  const given = container.command ?? [];
  const clashing = carried.filter(({ key }) => configured.has(key)).flatMap(({ arguments: list }) => list);
  const command = given.filter((argument) => !clashing.includes(argument));
  const mtu = command.map((argument) => /^--mtu=(\d+)$/.exec(argument)?.[1]).find((found) => found !== undefined);
  const isSized =
    mtu === undefined ||
    configured.has("default-network-opts") ||
    readDockerdArguments(command).names.has("default-network-opt");
  const added = isSized ? [] : networkOptions(Number(mtu), releaseOf(image));
  if (added.length === 0 && command.length === given.length) return service;
  const changed = [...command, ...added];
  return { ...service, container: { ...container, command: changed.length > 0 ? changed : null } };
}

/**
 * docker:dind mounts a tmpfs on /tmp when nothing is mounted there, over the job's files where they lie below it. With
 * a mount of its own there, it leaves them to be seen.
 */
export function ownTmp(binds: readonly string[]): Readonly<Record<string, string>> {
  const destinations = binds.map(bindDestination).filter((path) => isWithin(path, "/tmp"));
  return destinations.length === 0 || destinations.includes("/tmp") ? {} : { "/tmp": "exec" };
}
