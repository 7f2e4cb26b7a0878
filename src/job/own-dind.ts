import { type DockerdArguments, readDockerdArguments } from "./dockerd-arguments.ts";
import { environmentValue, type ImageConfig } from "./image-config.ts";
import { uniqueAlias } from "./names.ts";
import type { ContainerSpec, ServiceSpec } from "./plan.ts";

/** A service of the job's that is a Docker daemon. */
export interface OwnDind {
  readonly service: ServiceSpec;
  readonly image: ImageConfig;
  readonly daemon: DindCommand;
  /** Keys of the configuration file that its daemon reads: an option that stands there must not be given as an argument, too. */
  readonly configured: ReadonlySet<string>;
}

/** How a dind starts its daemon. */
export type DindCommand =
  /** docker:dind's entrypoint adds where to listen, and TLS by DOCKER_TLS_CERTDIR. */
  | { readonly kind: "entrypoint"; readonly arguments: DockerdArguments }
  /** `dockerd …` as it is written. */
  | { readonly kind: "dockerd"; readonly arguments: DockerdArguments }
  /** Made from docker:dind, with an entrypoint of its own: nobody knows what that does with arguments. */
  | { readonly kind: "wrapped" };

const entrypointName = "dockerd-entrypoint.sh";
const dataDirectory = "/var/lib/docker";

/** Tells a dind by what its container starts; null for anything else, and for an entrypoint of the user's that hides it. */
export function recogniseDind(spec: ContainerSpec, image: ImageConfig): DindCommand | null {
  const command = [...(spec.entrypoint ?? image.entrypoint), ...commandOf(spec, image)];
  const start = command.slice(environmentPrefix(command));
  const [program = "", ...rest] = start;
  if (program.split("/").at(-1) !== entrypointName) {
    return spec.entrypoint === null && isMadeFromDind(image) ? { kind: "wrapped" } : null;
  }
  const [first = ""] = rest;
  if (first === "" || first.startsWith("-")) return { kind: "entrypoint", arguments: readDockerdArguments(rest) };
  return first === "dockerd" ? { kind: "dockerd", arguments: readDockerdArguments(rest.slice(1)) } : null;
}

/** The command that a container gets after its entrypoint. */
export function commandOf(spec: ContainerSpec, image: ImageConfig): readonly string[] {
  return spec.command ?? (spec.entrypoint === null ? image.command : []);
}

/** `env -u DOCKER_HOST`, which GitLab's documentation once put before the entrypoint. */
function environmentPrefix(command: readonly string[]): number {
  if (command[0] !== "env") return 0;
  let at = 1;
  while (command[at] === "-u" && command[at + 1] === "DOCKER_HOST") at += 2;
  return at;
}

/** DIND_COMMIT is docker:dind's own; the docker image without a daemon has DOCKER_TLS_CERTDIR, too, but keeps no data. */
function isMadeFromDind({ env, volumes }: ImageConfig): boolean {
  if (environmentValue(env, "DIND_COMMIT") !== undefined) return true;
  const isDocker = ["DOCKER_TLS_CERTDIR", "DOCKER_VERSION"].some((key) => environmentValue(env, key) !== undefined);
  return isDocker && volumes.includes(dataDirectory);
}

/**
 * All names that certificates of these daemons must hold.
 *
 * @param suffix of the job's names
 */
export function certificateNames(dinds: readonly OwnDind[], suffix: string): string[] {
  const asked = dinds.flatMap(({ service }) =>
    (environmentValue(service.container.env, "DOCKER_TLS_SAN") ?? "")
      .split(/[\s,]+/)
      .map((entry) => entry.replace(/^(?:DNS|IP):/, ""))
      .filter((entry) => entry !== ""),
  );
  const own = dinds.flatMap(({ service }) => [...service.container.aliases, service.container.name]);
  return [...new Set(["docker", uniqueAlias("docker", suffix), ...own, ...asked])];
}
