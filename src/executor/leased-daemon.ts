import type { ContainerNetwork } from "../docker/convert.ts";
import { withStore } from "../job/plan-storage.ts";
import type { JobPlan, ServiceSpec } from "../job/plan.ts";
import type { StoragePlan } from "../job/storage-plan.ts";
import type { JobMetrics } from "./agent-context.ts";
import { awaitService, type ReadinessContext, type ServiceState, type StartedService } from "./readiness.ts";
import { type ServiceContext, startService } from "./services.ts";
import { checkStore, readKernelBoot } from "./store-container.ts";
import type { StoreLease } from "./storage-lease.ts";

/** A daemon that hangs on a broken store must not take all the time there is. */
const warmLimitSeconds = 30;
/** Of what the daemon said at last, in characters. */
const longestLine = 300;

/** Where leases come from: the agent's pool, for the daemon that runs the job. */
export interface Stores {
  readonly take: (storage: StoragePlan, image: string, signal: AbortSignal) => Promise<StoreLease>;
  readonly metrics: Pick<JobMetrics, "storeTaken">;
}

interface LeasedContext extends Omit<ServiceContext, "span"> {
  readonly plan: JobPlan;
  readonly stores: Stores;
  readonly signal: AbortSignal;
}

/**
 * The job's own daemon on a leased layer store. The store is looked at before the script can use it; one that is broken
 * is wiped, and the daemon started again on a fresh one.
 */
class LeasedDaemon {
  readonly #context: LeasedContext;
  readonly #storage: StoragePlan;
  readonly #network: ContainerNetwork;
  #lease: StoreLease | null = null;

  constructor(context: LeasedContext, storage: StoragePlan, network: ContainerNetwork) {
    this.#context = context;
    this.#storage = storage;
    this.#network = network;
  }

  isOf(service: ServiceSpec): boolean {
    return service.index === this.#storage.service;
  }

  /** Takes the lease. Returns the service with the volume in its place. */
  async mount(service: ServiceSpec, image: string): Promise<ServiceSpec> {
    const { resources, stores, signal } = this.#context;
    const lease = await resources.lease((own) => stores.take(this.#storage, image, own), signal);
    this.#lease = lease;
    return { ...service, container: withStore(service.container, this.#storage, lease.volume) };
  }

  /** As `awaitService`; for the daemon, until its store can be used, too. */
  readonly awaitReady: typeof awaitService = async (checks, service, limitSeconds) => {
    const lease = this.#lease;
    if (lease === null || !this.isOf(service.spec)) return awaitService(checks, service, limitSeconds);
    const wasWarm = lease.kind === "warm";
    const limit = wasWarm ? Math.min(limitSeconds, warmLimitSeconds) : limitSeconds;
    let [state, kernelBoot] = await this.#start(checks, service, limit);
    if (wasWarm) {
      const problem = await this.#problemOf(lease, state, kernelBoot);
      if (problem !== "") {
        const { seconds } = state;
        [state, kernelBoot] = await this.#start(checks, await this.#again(lease, service, problem), limitSeconds);
        state = { ...state, seconds: seconds + state.seconds };
      }
    }
    if (!state.ready) return state;
    await lease.usable(kernelBoot);
    this.#context.stores.metrics.storeTaken(lease.kind);
    return { ...state, note: lease.line };
  };

  #start(checks: ReadinessContext, service: StartedService, limitSeconds: number): Promise<[ServiceState, string]> {
    return Promise.all([
      awaitService(checks, service, limitSeconds),
      readKernelBoot(this.#context.engine, service.id, this.#context.signal),
    ]);
  }

  async #problemOf(
    { before }: StoreLease,
    { ready, problem, log, service }: ServiceState,
    kernelBoot: string,
  ): Promise<string> {
    if (!ready) {
      const lastLine = log.trimEnd().split("\n").at(-1)?.slice(0, longestLine) ?? "";
      return `the daemon did not start on it: ${problem}${lastLine === "" ? "" : `: ${lastLine}`}`;
    }
    // Only what reached the disk has outlived the host, and nobody knows what did.
    if (!before.clean && (before.kernelBoot === "" || before.kernelBoot !== kernelBoot))
      return "the host went down while a job used it";
    return checkStore(this.#context.engine, service.id, this.#storage.destination, before, this.#context.signal);
  }

  async #again(lease: StoreLease, { spec, span }: StartedService, problem: string): Promise<StartedService> {
    const { resources, signal } = this.#context;
    await resources.change((own) => lease.wipe(`the last one was wiped: ${problem}`, own), signal);
    const service = { ...spec, container: { ...spec.container, name: `${spec.container.name}-again` } };
    const context = { ...this.#context, span };
    return startService(context, service, this.#network, Promise.resolve(), async (planned) => planned, signal);
  }
}

/** null for a job whose daemon keeps nothing, and for one without a daemon of its own. */
export function leasedDaemon(context: LeasedContext, network: ContainerNetwork): LeasedDaemon | null {
  const { storage } = context.plan;
  return storage === null ? null : new LeasedDaemon(context, storage, network);
}
