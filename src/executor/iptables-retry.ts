import type { ContainerNetwork } from "../docker/convert.ts";
import type { Engine } from "../docker/engine.ts";
import type { ImageConfig } from "../job/image-config.ts";
import { environmentValue, withEnvironment } from "../job/image-config.ts";
import type { ServiceSpec } from "../job/plan.ts";
import { awaitService } from "./readiness.ts";
import { type ServiceContext, startService } from "./services.ts";

/** docker:dind takes the legacy interface of the kernel's firewall where this is not empty. */
const variable = "DOCKER_IPTABLES_LEGACY";
/** What iptables says where the kernel has not the interface that it was built for. */
const wrongInterface =
  /can't initialize iptables table|Failed to initialize nft|Could not fetch rule set generation id/;
const notAllowed = /Permission denied|must be root/;

/** Daemon of the runner's -> what dinds on its host need. */
const found = new WeakMap<Engine, string>();

/** The dind as it is to be started on a host where an earlier one has shown what it needs. */
export function withKnownInterface(engine: Engine, service: ServiceSpec, image: ImageConfig): ServiceSpec {
  const value = found.get(engine);
  return value === undefined || isChosen(service, image) ? service : withInterface(service, value);
}

/**
 * As `awaitService`; a dind that ends because its iptables and the kernel don't fit is started once more with the other
 * interface. What helped is kept for the next jobs.
 */
export function awaitWithInterface(
  context: Omit<ServiceContext, "span"> & { readonly signal: AbortSignal },
  network: ContainerNetwork,
): typeof awaitService {
  return async (checks, service, limitSeconds) => {
    const state = await awaitService(checks, service, limitSeconds);
    const { spec, span } = service;
    if (state.ready || !isHelped(spec, state.log)) return state;
    const { env } = await context.images.resolve(spec.container);
    // Also what another job has found out since this dind was started.
    if (isChosen(spec, { env })) return state;
    const value = found.get(checks.engine) ?? (/iptables v[\d.]+ \(legacy\)/.test(state.log) ? "" : "1");
    await context.trace.line(
      `${spec.name}: its iptables does not fit this host's kernel; it is started again with ${variable}="${value}"`,
    );
    const again = withInterface(spec, value);
    const container = { ...again.container, name: `${spec.container.name}-again` };
    const started = await startService(
      { ...context, span },
      { ...again, container },
      network,
      Promise.resolve(),
      async (planned) => planned,
      context.signal,
    );
    const second = await awaitService(checks, started, limitSeconds);
    if (second.ready) found.set(checks.engine, value);
    return { ...second, seconds: state.seconds + second.seconds };
  };
}

/** Without privileges iptables fails as well, whatever its interface. */
function isHelped({ readiness, container: { host } }: ServiceSpec, log: string): boolean {
  if (readiness.kind !== "docker-api" || (!host.privileged && host.runtime === "")) return false;
  return wrongInterface.test(log) && !notAllowed.test(log);
}

function isChosen({ container }: ServiceSpec, { env }: Pick<ImageConfig, "env">): boolean {
  return environmentValue([...env, ...container.env], variable) !== undefined;
}

function withInterface(service: ServiceSpec, value: string): ServiceSpec {
  const { container } = service;
  return { ...service, container: { ...container, env: withEnvironment(container.env, variable, value) } };
}
