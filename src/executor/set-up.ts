import { startContainer } from "../docker/container.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import type { ImageFacts } from "../docker/image.ts";
import type { ContainerSpec, JobPlan, ServiceSpec } from "../job/plan.ts";
import { type ApiRange, apiOfRelease } from "../job/api-version.ts";
import { environmentValue } from "../job/image-config.ts";
import { isOfJob } from "../job/autowire.ts";
import { isNamedNetwork } from "../job/plan-wiring.ts";
import { agreeOnApi, sidecarOf, withDirectWay } from "../job/runners-daemon.ts";
import { quoteAll } from "../script/quote.ts";
import { readsScript } from "../script/shell-detection.ts";
import type { Span } from "../spans/open-span.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import { BuildContainer } from "./build-container.ts";
import { giveToBuildUser } from "./build-user.ts";
import { wiredSidecar } from "./daemon-config.ts";
import { Helper } from "./helper-container.ts";
import type { JobContext } from "./job-context.ts";
import { warnOfSlowDrivers } from "./inner-driver.ts";
import { awaitWithInterface, withKnownInterface } from "./iptables-retry.ts";
import { leasedDaemon, type Stores } from "./leased-daemon.ts";
import { type OwnDaemonsContext, wireOwnDaemons, wiredService } from "./own-daemons.ts";
import { diedMeanwhile } from "./readiness.ts";
import { awaitServices, reportServices, requireRemoteDaemon, startService } from "./services.ts";
import { socketGroup } from "./socket-group.ts";

export interface SetUpContext extends OwnDaemonsContext {
  readonly spans: SpanRecorder;
  readonly record: JobContext["record"];
  readonly stores: Stores;
  /** What is made here is a part of it. */
  readonly span: Span;
  /** Whether the build container may be started before its script is known; default true. It ends with this process then. */
  readonly startsAhead?: boolean;
}

/** What a job runs in. What the script doesn't need yet goes on in the background until `readyForScript`. */
export interface JobSetUp {
  /** As it was obeyed: with what was found out about the job's services. */
  readonly plan: JobPlan;
  /** null when no stage needs one. */
  readonly helper: Helper | null;
  /** Resolves when the build container can take the script and every service can be used. */
  readyForScript(): Promise<BuildContainer>;
}

/**
 * Makes network, volumes and containers, all that don't depend on each other side by side, and returns as soon as the
 * first stage can run. The build container is created, and started where its image has no entrypoint that could look
 * at what isn't there yet, while sources are fetched and services come up.
 */
export async function setUp(context: SetUpContext): Promise<JobSetUp> {
  const { plan, resources, images, trace, signal, engine, clock, span } = context;
  await trace.line(`Using Docker executor with image ${plan.build.image} ...`);
  const ownNetwork = plan.network;
  const network: ContainerNetwork = ownNetwork
    ? { kind: "named", name: ownNetwork.name }
    : isNamedNetwork(plan.networkMode)
      ? { kind: "named", name: plan.networkMode }
      : { kind: "mode", mode: plan.networkMode };

  const buildImage = images.resolve(plan.build);
  // Somebody else's failure may end the set-up before this is awaited.
  buildImage.catch(() => {});
  const helperImage = plan.needsHelper || plan.seeds.length > 0 ? images.resolve(plan.helper) : null;
  helperImage?.catch(() => {});
  const ground = Promise.all([
    ownNetwork ? span.run("network", {}, () => resources.network(ownNetwork, signal)) : null,
    span.run("volumes", {}, () => Promise.all(plan.volumes.map((volume) => resources.volume(volume, signal)))),
  ]);
  ground.catch(() => {});
  const seeded = ground.then(async () => {
    if (plan.seeds.length === 0 || helperImage === null) return;
    const { id } = await helperImage;
    await span.run("seed", {}, () => resources.seed(plan.helper, id, plan.volumes, plan.seeds, signal));
  });
  seeded.catch(() => {});

  const wired = wireOwnDaemons(context, buildImage, seeded);
  wired.catch(() => {});
  const leased = leasedDaemon(context, network);
  const wire = async (planned: ServiceSpec, image: ImageFacts) => {
    if (isOfJob(planned)) return withInterface(await wiredService(plan, wired, planned, image), image);
    const service = leased?.isOf(planned) ? await leased.mount(planned, image.id) : planned;
    return withInterface(await wiredSidecar(context, service, image, seeded), image);
  };
  const withInterface = (service: ServiceSpec, image: ImageFacts) =>
    service.readiness.kind === "docker-api" ? withKnownInterface(engine, service, image) : service;

  const startHelper = async (): Promise<Helper | null> => {
    // Without a helper nothing opens the fresh volume of the builds to a user other than root.
    if ((await runsAsRoot(plan, buildImage)) && !plan.needsHelper) return null;
    const image = await (helperImage ?? images.resolve(plan.helper));
    await ground;
    return span.run("helper", {}, async (part) => {
      const make = (own: AbortSignal) => resources.container(plan.helper, image.id, network, "helper", own);
      const id = await part.run("create", {}, () => make(signal));
      await part.run("start", {}, () => startContainer(engine, id, signal));
      return new Helper(engine, id, trace, { clock, make });
    });
  };
  const daemonApi = async (): Promise<ApiRange> => {
    const sidecar = sidecarOf(plan);
    const { apiVersion: newest, minApiVersion: oldest } = context.daemon.facts;
    if (sidecar === undefined) return { oldest, newest };
    const { env } = await images.resolve(sidecar.container);
    return apiOfRelease(environmentValue(env, "DOCKER_VERSION") ?? "");
  };
  const buildSpec = async (): Promise<ContainerSpec> => {
    const { helper, socketOfUnknownGroup: path } = await wired;
    const { build: agreed, line } = agreeOnApi(await wired, await buildImage, await daemonApi());
    if (line !== "") await trace.line(line);
    const build = withDirectWay(plan, agreed, await buildImage);
    if (path === "" || (await runsAsRoot(plan, buildImage))) return build;
    const image = await (helperImage ?? images.resolve(helper));
    const group = await span.run("socket_group", {}, () =>
      socketGroup({ engine, resources, signal }, helper, image.id, path),
    );
    if (group === null) return build;
    return { ...build, host: { ...build.host, groupAdd: [...build.host.groupAdd, group] } };
  };
  const makeBuild = async (helperUp: Promise<unknown>): Promise<BuildContainer> => {
    const image = await buildImage;
    await seeded;
    const spec = await buildSpec();
    return span.run("build", {}, async (part) => {
      const id = await part.run("create", {}, () => resources.container(spec, image.id, network, "build", signal));
      const quiet = readsScript(plan.build.entrypoint ?? image.entrypoint);
      const build = new BuildContainer({
        engine,
        id,
        image: plan.build.image,
        trace,
        clock,
        spans: context.spans,
        startsShell: quiet,
        nativeStop: plan.nativeStop,
        record: (container, beginning) => context.record({ type: "runBegun", container, ...beginning }),
        recordTaken: (container) => context.record({ type: "runTaken", container }),
        remake: (own) => resources.container(spec, image.id, network, "build", own),
      });
      if (quiet && context.startsAhead !== false) {
        // The first stages need the helper and only later ones this container: started at once, both would start slower.
        await helperUp;
        await part.run("start", {}, () => build.startAhead(signal));
      }
      return build;
    });
  };

  const services = Promise.all(
    plan.services.map((service) =>
      span.run("service", { service: service.name, image: service.container.image }, (part) =>
        startService({ engine, resources, images, trace, span: part }, service, network, seeded, wire, signal),
      ),
    ),
  );
  services.catch(() => {});
  const helperUp = startHelper();
  helperUp.catch(() => {});
  const build = makeBuild(helperUp);
  build.catch(() => {});
  const [helper, started, final] = await Promise.all([helperUp, services, wired, buildImage, ground, seeded]);

  const checks = helper === null ? null : { engine, from: helper.id, clock, signal };
  if (plan.services.length > 0 && plan.waitForServicesSeconds > 0) {
    await trace.line(`Waiting for services to be up and running (timeout ${plan.waitForServicesSeconds} seconds)...`);
  }
  const states =
    checks === null
      ? Promise.resolve([])
      : awaitServices(plan, started, checks, leased?.awaitReady ?? awaitWithInterface(context, network));
  states.catch(() => {});
  const remote = checks === null ? Promise.resolve("") : requireRemoteDaemon(plan, checks);
  remote.catch(() => {});
  return {
    plan: final,
    helper,
    readyForScript: async () => {
      const container = await build;
      const now = await states;
      if (checks !== null) warnOfSlowDrivers(checks, now, trace);
      await reportServices(
        checks === null ? now : await Promise.all(now.map((state) => diedMeanwhile(checks, state))),
        trace,
      );
      const answer = await remote;
      if (answer !== "") await trace.line(answer);
      if (helper !== null && !(await runsAsRoot(plan, buildImage))) {
        if (plan.openUmask) await openProject(helper, plan, signal);
        else await giveToBuildUser(context, helper, container.id, (await buildImage).id);
      }
      return container;
    },
  };
}

async function runsAsRoot({ build }: JobPlan, image: Promise<ImageFacts>): Promise<boolean> {
  const { user } = await image;
  return /^(?:|root|0)(?::.*)?$/.test(build.user === "" ? user : build.user);
}

/** What a job of root's has left where builds are kept must not keep another user out. */
async function openProject(helper: Helper, { projectDir, tempDir }: JobPlan, signal: AbortSignal): Promise<void> {
  const directories = quoteAll([projectDir, tempDir]);
  await helper.run(`umask 0000; mkdir -p ${directories} && chmod 0777 ${directories}`, signal);
}
