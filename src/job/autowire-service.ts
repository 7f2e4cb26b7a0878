import {
  type CertificateVolumes,
  certificateVolumes,
  type DaemonCertificateSet,
  isForCertificates,
} from "./autowire-certificates.ts";
import { type DaemonSurroundings, type Listening, type WiredDaemon, wireDaemon } from "./autowire-daemon.ts";
import type { Wired } from "./autowire-report.ts";
import type { DockerClient } from "./docker-client.ts";
import { environmentValue } from "./image-config.ts";
import { suffixOf, uniqueAlias } from "./names.ts";
import type { OwnDind } from "./own-dind.ts";
import type { ContainerSpec, JobPlan, ServiceSpec } from "./plan.ts";
import { ownTmp } from "./plan-sidecar.ts";

/** Every client looks for it first, whatever the image is called. */
const usualAlias = "docker";

export interface WiredService {
  readonly service: ServiceSpec;
  /** null: nobody of the job talks to it, or how it listens can't be told. */
  readonly listening: Listening | null;
  /** null when it has no certificates, or they are not the agent's. */
  readonly certificates: CertificateVolumes | null;
  /** Of its docker, as its image says; "" when it doesn't. */
  readonly version: string;
  readonly wired: readonly Wired[];
}

/** One dind that the job's docker talks to. */
export function wireUsed(
  plan: JobPlan,
  dind: OwnDind,
  client: DockerClient,
  made: DaemonCertificateSet,
  surroundings: DaemonSurroundings,
): WiredService {
  const { container, listening, wired } = wireDaemon(dind, client, surroundings);
  const { service, image } = dind;
  const directory = listening?.certificateDirectory ?? "";
  const certificates = isForCertificates(plan, container.binds, directory)
    ? certificateVolumes(plan, directory, made, container.user === "" ? image.user : container.user)
    : null;
  const host = hostOf(service, client, plan);
  const spec = complete(
    certificates === null ? container : { ...container, binds: certificates.forDaemon(container.binds) },
  );
  const { privileged } = spec.host;
  return {
    service: {
      ...service,
      container: spec,
      readiness:
        listening === null
          ? service.readiness
          : {
              kind: "docker-api",
              host,
              port: listening.port,
              tls: listening.tls,
              certificates: certificates === null ? null : made.client,
              hint: privileged ? ownHint : privilegeHint(spec),
            },
    },
    listening,
    certificates,
    version: environmentValue(image.env, "DOCKER_VERSION") ?? "",
    wired: [...wired, ...aboutPrivilege(spec)],
  };
}

/** One that the job's docker doesn't talk to by itself: only its start is helped. */
export function wireUnused(dind: OwnDind, surroundings: DaemonSurroundings): WiredService {
  const { container, wired }: WiredDaemon = wireDaemon(dind, null, surroundings);
  const spec = complete(container);
  const service = { ...dind.service, container: spec };
  return { service, listening: null, certificates: null, version: "", wired: [...wired, ...aboutPrivilege(spec)] };
}

/** The name under which the job's docker finds it. */
export function hostOf({ container }: ServiceSpec, client: DockerClient, plan: JobPlan): string {
  if (client.daemon.kind === "tcp") return client.daemon.host;
  const { aliases, name } = container;
  const wanted = daemonAlias(plan);
  return aliases.includes(wanted) ? wanted : (aliases[0] ?? name);
}

/** The name that a dind is given: the usual one, where no other job's can have it. */
export function daemonAlias({ network, build }: JobPlan): string {
  return network === null ? uniqueAlias(usualAlias, suffixOf(build.name)) : usualAlias;
}

function complete(container: ContainerSpec): ContainerSpec {
  const { host, binds } = container;
  return { ...container, host: { ...host, tmpfs: { ...ownTmp(binds), ...host.tmpfs } } };
}

const ownHint = "its last lines stand above; check the service's image, command and variables";

/** Privileged stays the admin's word. */
function privilegeHint({ image }: ContainerSpec): string {
  return (
    "a Docker daemon in a container must be privileged: ask the runner's admin to set services_privileged = true " +
    `(or privileged = true) in [runners.docker] of config.toml, and to name ${image} in allowed_privileged_services where that is set`
  );
}

/** A runtime other than the daemon's own may give a container all that a dind needs. */
function aboutPrivilege(spec: ContainerSpec): Wired[] {
  if (spec.host.privileged || spec.host.runtime !== "") return [];
  return [{ what: `the service ${spec.image} is not privileged`, why: privilegeHint(spec) }];
}
