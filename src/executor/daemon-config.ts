import { getArchive, removeContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { readFirstFile } from "../docker/first-file.ts";
import type { ImageFacts } from "../docker/image.ts";
import { configuredKeys, everyKey } from "../job/daemon-json.ts";
import { readDockerdArguments } from "../job/dockerd-arguments.ts";
import type { ContainerSpec, ServiceSpec } from "../job/plan.ts";
import { sidecarOfImage } from "../job/plan-sidecar.ts";
import { bindDestination, isWithin } from "../job/volumes.ts";
import { Limit } from "../support/limit.ts";
import type { Resources } from "./resources.ts";

/** A configuration file of that size isn't read to its end. */
const mostConfigBytes = 1_048_576;
/** What it says is good to know, and no more. */
const probeLimitMs = 10_000;

export interface ConfigContext {
  readonly engine: Engine;
  readonly resources: Resources;
  readonly signal: AbortSignal;
}

/**
 * What a dind's configuration file says, be it the image's or mounted: dockerd doesn't start when an option stands there
 * and on its command line. Read through a container that is never started. null when it can't be read.
 *
 * @param path of the file
 * @param seeded resolves when the job's own volumes are made
 */
export async function configuredBy(
  { engine, resources, signal }: ConfigContext,
  spec: ContainerSpec,
  image: ImageFacts,
  path: string,
  seeded: Promise<unknown>,
): Promise<ReadonlySet<string> | null> {
  const binds = mountsOf(spec, path);
  const probe = { ...spec, name: `${spec.name}-probe`, binds, aliases: [] };
  // A volume that is mounted before the job has made it would be made by the daemon, without the job's labels.
  if (binds.length > 0) await seeded;
  using limit = new Limit(probeLimitMs, signal);
  let id = "";
  try {
    id = await resources.container(probe, image.id, { kind: "mode", mode: "none" }, "service", limit.signal);
    return configuredKeys(await readFirstFile(await getArchive(engine, id, path, limit.signal), mostConfigBytes));
  } catch (error) {
    signal.throwIfAborted();
    return id !== "" && isDockerError(error, "not-found") ? new Set() : null;
  } finally {
    // What stays is removed with the job.
    if (id !== "") await removeContainer(engine, id, false, signal).catch(() => {});
  }
}

/** Daemon of the runner's -> image and path -> what its configuration file says: an image doesn't change. */
const ofImages = new WeakMap<Engine, Map<string, ReadonlySet<string>>>();

/** The runner's sidecar as it is to be started: without what its configuration file says already. */
export async function wiredSidecar(
  context: ConfigContext,
  service: ServiceSpec,
  image: ImageFacts,
  seeded: Promise<unknown>,
): Promise<ServiceSpec> {
  const { container, carried = [] } = service;
  if (carried.length === 0) return sidecarOfImage(service, image);
  const path = readDockerdArguments(container.command ?? []).configFile;
  if (mountsOf(container, path).length > 0) {
    const configured = await configuredBy(context, container, image, path, seeded);
    return sidecarOfImage(service, image, configured ?? everyKey);
  }
  const known = ofImages.get(context.engine) ?? new Map<string, ReadonlySet<string>>();
  ofImages.set(context.engine, known);
  const key = JSON.stringify([image.id, path]);
  const configured = known.get(key) ?? (await configuredBy(context, container, image, path, seeded));
  if (configured !== null) known.set(key, configured);
  // Few images have such a file.
  return sidecarOfImage(service, image, configured ?? new Set());
}

function mountsOf({ binds }: ContainerSpec, path: string): readonly string[] {
  return binds.filter((bind) => isWithin(path, bindDestination(bind)));
}
