import { issueDaemonCertificates } from "../daemon/certificates.ts";
import type { Daemon } from "../daemon/daemons.ts";
import type { Engine } from "../docker/engine.ts";
import type { ImageFacts } from "../docker/image.ts";
import { autowire, isOfJob, mayAutowire } from "../job/autowire.ts";
import { everyKey } from "../job/daemon-json.ts";
import { suffixOf } from "../job/names.ts";
import { certificateNames, type OwnDind, recogniseDind } from "../job/own-dind.ts";
import type { JobPlan, ServiceSpec } from "../job/plan.ts";
import type { Clock } from "../support/clock.ts";
import type { Trace } from "../trace/trace.ts";
import { configuredBy } from "./daemon-config.ts";
import type { Images } from "./images.ts";
import type { Resources } from "./resources.ts";
import { surroundingsOf } from "./surroundings-of.ts";

/** Beyond the job's own limit, for what comes before and after it. */
const certificateSlackMs = 3_600_000;

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
  const surroundings = await surroundingsOf(context.daemon, plan.networkMode, signal);
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
  // Nobody knows where an entrypoint of its own looks.
  if (daemon.kind === "wrapped") return { service, image, daemon, configured: everyKey };
  const { configFile } = daemon.arguments;
  const configured = await configuredBy(context, service.container, image, configFile, seeded);
  return { service, image, daemon, configured: configured ?? everyKey };
}
