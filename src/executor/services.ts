import { startContainer } from "../docker/container.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import type { JobPlan, ServiceSpec } from "../job/plan.ts";
import { formatDaemonAddress, parseDaemonAddress } from "../daemon/address.ts";
import { limitOf } from "../support/limit.ts";
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

/** Pulls, creates and starts one service; `created` are the volumes it mounts. */
export async function startService(
  context: {
    readonly engine: ReadinessContext["engine"];
    readonly resources: Resources;
    readonly images: Images;
    readonly trace: Trace;
  },
  spec: ServiceSpec,
  network: ContainerNetwork,
  ready: Promise<unknown>,
  signal: AbortSignal,
): Promise<StartedService> {
  await context.trace.line(`Starting service ${spec.name}...`);
  const image = await context.images.resolve(spec.container);
  await ready;
  const role = spec.readiness.kind === "docker-api" ? "dind" : "service";
  const id = await context.resources.container(spec.container, image.id, network, role, signal);
  try {
    await startContainer(context.engine, id, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new StageFailure("container-fault", `service ${spec.name} could not be started: ${messageOf(error)}`, {
      hint:
        role === "dind"
          ? "`image` of [runners.docker.daemon] in config.toml must be a docker:dind"
          : "check the service's image, entrypoint and command",
      cause: error,
    });
  }
  return { spec, id };
}

/**
 * Waits for all services side by side. A service that doesn't come up is a warning, as in GitLab Runner; a Docker
 * daemon that the agent itself gave the job ends the job, because its script could only fail for it.
 */
export async function awaitServices(
  plan: JobPlan,
  services: readonly StartedService[],
  context: ReadinessContext,
): Promise<readonly ServiceState[]> {
  return Promise.all(
    services
      .filter((service) => service.spec.readiness.kind === "docker-api" || plan.waitForServicesSeconds > 0)
      .map((service) => {
        const isDaemon = service.spec.readiness.kind === "docker-api";
        const limit = isDaemon
          ? Math.max(plan.waitForServicesSeconds, daemonLimitSeconds)
          : plan.waitForServicesSeconds;
        return awaitService(context, service, limit);
      }),
  );
}

/** Says what became of the services; throws for a daemon that is not there. */
export async function reportServices(states: readonly ServiceState[], trace: Trace): Promise<void> {
  for (const state of states) {
    const { spec } = state.service;
    if (state.ready) {
      await trace.line(`Service ${spec.name} is ready after ${state.seconds.toFixed(1)} s`);
      continue;
    }
    if (spec.readiness.kind === "docker-api") {
      await trace.write("executor", Buffer.from(state.log));
      throw new StageFailure(
        "container-fault",
        `the Docker daemon of this job (${spec.name}) did not start: ${state.problem}`,
        {
          hint: "its last lines stand above; the image must be a docker:dind that this host can run privileged ([runners.docker.daemon] in config.toml)",
        },
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

/** The daemon elsewhere must answer before the script starts. */
export async function requireRemoteDaemon(plan: JobPlan, context: ReadinessContext, trace: Trace): Promise<void> {
  if (plan.remoteDaemon === null) return;
  const { certificates } = plan.remoteDaemon;
  const address = parseDaemonAddress(plan.remoteDaemon.address, certificates !== null);
  if (address.kind === "unix") return;
  const seconds = plan.waitForServicesSeconds > 0 ? plan.waitForServicesSeconds : defaultLimitSeconds;
  const limit = limitOf(seconds);
  let problem = "no answer";
  try {
    const signal = AbortSignal.any([context.signal, limit]);
    await awaitDockerApi({ ...context, signal }, address.host, address.port, certificates, (text) => {
      problem = text;
    });
    await trace.line(`Docker daemon ${formatDaemonAddress(address)} answers`);
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
