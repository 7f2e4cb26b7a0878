import { issueDaemonCertificates } from "../daemon/certificates.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { getArchive, removeContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import type { ImageFacts } from "../docker/image.ts";
import { readFirstFile } from "../docker/first-file.ts";
import { autowire, isOfJob, mayAutowire } from "../job/autowire.ts";
import { configuredKeys, everyKey } from "../job/daemon-json.ts";
import { suffixOf } from "../job/names.ts";
import { certificateNames, type DindCommand, type OwnDind, recogniseDind } from "../job/own-dind.ts";
import type { ContainerSpec, JobPlan, ServiceSpec } from "../job/plan.ts";
import { bindDestination, isWithin } from "../job/volumes.ts";
import type { Clock } from "../support/clock.ts";
import type { Trace } from "../trace/trace.ts";
import type { Images } from "./images.ts";
import type { Resources } from "./resources.ts";
import { surroundingsOf } from "./surroundings-of.ts";

/** Beyond the job's own limit, for what comes before and after it. */
const certificateSlackMs = 3_600_000;
/** A configuration file of that size isn't read to its end. */
const mostConfigBytes = 1_048_576;
/** What it says is good to know, and no more. */
const probeLimitMs = 10_000;

export interface OwnDaemonsContext {
  readonly engine: Engine;
  readonly plan: JobPlan;
  readonly resources: Resources;
  readonly images: Images;
  readonly trace: Trace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What the daemon that runs the job is like. */
  readonly daemon: Daemon;
}

/**
 * Finds out which services of a job are dinds, and wires them. Resolves with the plan as it is to be obeyed, once the
 * volumes that it has more are there; without services of the job's own that is at once.
 *
 * @param seeded resolves when the plan's own volumes are made and seeded
 */
export async function wireOwnDaemons(
  context: OwnDaemonsContext,
  buildImage: Promise<ImageFacts>,
  seeded: Promise<unknown>,
): Promise<JobPlan> {
  const { plan, resources, images, trace, clock, signal } = context;
  if (!mayAutowire(plan)) return plan;
  const build = await buildImage;
  const found = await Promise.all(plan.services.filter(isOfJob).map((service) => findDind(context, service, seeded)));
  const dinds = found.filter((dind) => dind !== null);
  if (dinds.length === 0) return plan;
  const names = certificateNames(dinds, suffixOf(plan.build.name));
  const lifetime = plan.timeoutSeconds * 1000 + certificateSlackMs;
  const certificates = await issueDaemonCertificates(names, clock.now(), lifetime);
  const surroundings = await surroundingsOf(context.daemon, plan.networkMode);
  const wired = autowire(plan, { ...surroundings, dinds, buildImage: build, certificates });
  for (const line of wired.report) await trace.line(line);
  const volumes = wired.plan.volumes.slice(plan.volumes.length);
  const seeds = wired.plan.seeds.slice(plan.seeds.length);
  const helper = await images.resolve(plan.helper);
  await seeded;
  await Promise.all(volumes.map((volume) => resources.volume(volume, signal)));
  if (seeds.length > 0) await resources.seed(plan.helper, helper.id, volumes, seeds, signal);
  return wired.plan;
}

/** A service as it is to be started; only a dind waits for the wiring. */
export async function wiredService(
  plan: JobPlan,
  wired: Promise<JobPlan>,
  service: ServiceSpec,
  image: ImageFacts,
): Promise<ServiceSpec> {
  if (!isOfJob(service) || recogniseDind(service.container, image) === null) return service;
  if (!mayAutowire(plan)) return service;
  return (await wired).services.find(({ index }) => index === service.index) ?? service;
}

async function findDind(
  context: OwnDaemonsContext,
  service: ServiceSpec,
  seeded: Promise<unknown>,
): Promise<OwnDind | null> {
  const image = await context.images.resolve(service.container);
  const daemon = recogniseDind(service.container, image);
  if (daemon === null) return null;
  return { service, image, daemon, configured: await configuredBy(context, service.container, image, daemon, seeded) };
}

/**
 * What the daemon's configuration file says, be it the image's or mounted: dockerd doesn't start when an option stands
 * there and on its command line. Read through a container that is never started.
 */
async function configuredBy(
  { engine, resources, signal }: OwnDaemonsContext,
  spec: ContainerSpec,
  image: ImageFacts,
  daemon: DindCommand,
  seeded: Promise<unknown>,
): Promise<ReadonlySet<string>> {
  if (daemon.kind === "wrapped") return everyKey;
  const path = daemon.arguments.configFile;
  const binds = spec.binds.filter((bind) => isWithin(path, bindDestination(bind)));
  const probe = { ...spec, name: `${spec.name}-probe`, binds, aliases: [] };
  // A volume that is mounted before the job has made it would be made by the daemon, without the job's labels.
  if (binds.length > 0) await seeded;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]);
  let id = "";
  try {
    id = await resources.container(probe, image.id, { kind: "mode", mode: "none" }, "service", limited);
    return configuredKeys(await readFirstFile(await getArchive(engine, id, path, limited), mostConfigBytes));
  } catch (error) {
    signal.throwIfAborted();
    return id !== "" && isDockerError(error, "not-found") ? new Set() : everyKey;
  } finally {
    // What stays is removed with the job.
    if (id !== "") await removeContainer(engine, id, false, signal).catch(() => {});
  }
}
