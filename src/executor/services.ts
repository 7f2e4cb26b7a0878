import { startContainer } from "../docker/container.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import type { ImageFacts } from "../docker/image.ts";
import type { JobPlan, ServiceSpec } from "../job/plan.ts";
import { formatDaemonAddress, parseDaemonAddress } from "../daemon/address.ts";
import type { Span } from "../spans/open-span.ts";
import { Limit } from "../support/limit.ts";
import { messageOf } from "../support/errors.ts";
import type { Trace } from "../trace/trace.ts";
import type { Images } from "./images.ts";
import {
  awaitDockerApi,
  awaitService,
  type ReadinessContext,
  type ServiceState,
  type StartedService,
} from "./readiness.ts";
import type { Resources } from "./resources.ts";
import { StageFailure } from "./stage-failure.ts";

/** A daemon that the script depends on gets at least this long. */
const daemonLimitSeconds = 60;
/** For a daemon elsewhere, which is there or not, where config.toml says not to wait for services. */
const defaultLimitSeconds = 30;

export interface ServiceContext {
  readonly engine: ReadinessContext["engine"];
  readonly resources: Resources;
  readonly images: Images;
  readonly trace: Trace;
  readonly span: Span;
}

/**
 * Pulls, creates and starts one service.
 *
 * @param ready resolves when the volumes it mounts are there
 * @param wire the service as it is to be started, once its image is known
 */
export async function startService(
  context: ServiceContext,
  planned: ServiceSpec,
  network: ContainerNetwork,
  ready: Promise<unknown>,
  wire: (planned: ServiceSpec, image: ImageFacts) => Promise<ServiceSpec>,
  signal: AbortSignal,
): Promise<StartedService> {
  await context.trace.line(`Starting service ${planned.name}...`);
  const image = await context.images.resolve(planned.container);
  const spec = await wire(planned, image);
  await ready;
  const role = spec.readiness.kind === "docker-api" ? "dind" : "service";
  const { span, resources } = context;
  const id = await span.run("create", {}, () => resources.container(spec.container, image.id, network, role, signal));
  try {
    await span.run("start", {}, () => startContainer(context.engine, id, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw new StageFailure("container-fault", `service ${spec.name} could not be started: ${messageOf(error)}`, {
      hint:
        spec.readiness.kind === "docker-api"
          ? spec.readiness.hint
          : "check the service's image, entrypoint and command",
      cause: error,
    });
  }
  return { spec, id, span };
}

/**
 * Waits for all services side by side. A service that doesn't come up is a warning, as in GitLab Runner; a Docker
 * daemon of the job's, its own or the agent's, ends the job, because its script could only fail for it.
 */
export async function awaitServices(
  plan: JobPlan,
  services: readonly StartedService[],
  context: ReadinessContext,
  awaitOne: typeof awaitService = awaitService,
): Promise<readonly ServiceState[]> {
  return Promise.all(
    services
      .filter((service) => service.spec.readiness.kind === "docker-api" || plan.waitForServicesSeconds > 0)
      .map(async (service) => {
        const isDaemon = service.spec.readiness.kind === "docker-api";
        const limit = isDaemon
          ? Math.max(plan.waitForServicesSeconds, daemonLimitSeconds)
          : plan.waitForServicesSeconds;
        const state = await service.span.run("ready", {}, () => awaitOne(context, service, limit));
        service.span.end(state.ready ? "ok" : "error");
        return state;
      }),
  );
}

/** Says what became of the services; throws for a daemon that is not there. */
export async function reportServices(states: readonly ServiceState[], trace: Trace): Promise<void> {
  for (const state of states) {
    const { spec } = state.service;
    if (state.ready) {
      await trace.line(`Service ${spec.name} is ready after ${state.seconds.toFixed(1)} s`);
      if (state.note !== undefined) await trace.line(state.note);
      continue;
    }
    if (spec.readiness.kind === "docker-api") {
      await trace.write("executor", Buffer.from(state.log));
      throw new StageFailure(
        "container-fault",
        `the Docker daemon of this job (${spec.name}) did not start: ${state.problem}`,
        { hint: spec.readiness.hint },
      );
    }
    const yellow = (text: string) => `\u001B[0;33m${text}\u001B[0;m`;
    await trace.write(
      "executor",
      Buffer.from(
        `\n${yellow("*** WARNING:")} Service ${spec.container.name} probably didn't start properly.\n\n` +
          `Health check error:\n${state.problem}\n\nService container logs:\n${state.log}\n${yellow("*********")}\n\n`,
      ),
    );
  }
}

/** The daemon elsewhere must answer before the script starts. Resolves with a line for the log; "" where there is none. */
export async function requireRemoteDaemon(plan: JobPlan, context: ReadinessContext): Promise<string> {
  if (plan.remoteDaemon === null) return "";
  const { certificates } = plan.remoteDaemon;
  const address = parseDaemonAddress(plan.remoteDaemon.address, certificates !== null);
  if (address.kind === "unix") return "";
  const seconds = plan.waitForServicesSeconds > 0 ? plan.waitForServicesSeconds : defaultLimitSeconds;
  using limit = new Limit(seconds * 1000, context.signal);
  let problem = "no answer";
  try {
    const api = { host: address.host, port: address.port, tls: certificates !== null, certificates };
    await awaitDockerApi({ ...context, signal: limit.signal }, api, (text) => {
      problem = text;
    });
    return `Docker daemon ${formatDaemonAddress(address)} answers`;
  } catch {
    context.signal.throwIfAborted();
    throw new StageFailure(
      "container-fault",
      `the Docker daemon ${formatDaemonAddress(address)} can't be reached from the job: ${problem}`,
      {
        hint: "check `address`, `tls_verify` and `tls_cert_path` of [runners.docker.daemon] in config.toml, and that the daemon listens there",
      },
    );
  }
}
