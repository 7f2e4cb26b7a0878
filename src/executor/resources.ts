import { agentLabel, bootLabel, jobLabel, runnerLabel } from "../job/labels.ts";
import type { JournalEvent } from "../journal/events.ts";
import { createContainer, putFiles, removeContainer } from "../docker/container.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { createNetwork, removeNetwork } from "../docker/network.ts";
import { sweep } from "../docker/sweep.ts";
import { createVolume, removeVolume } from "../docker/volume.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { ContainerSpec, NetworkSpec, VolumeSeed, VolumeSpec } from "../job/plan.ts";

/** A volume of which others will have need: it is ended with care, and with it the container that mounts it. */
export interface LeasedVolume {
  readonly volume: string;
  /** Stops, for now, what the job started there. */
  quiet(signal: AbortSignal): Promise<void>;
  /** Ends and removes the container that mounts it, and gives the volume back. */
  dispose(signal: AbortSignal): Promise<void>;
}

type Role = Extract<JournalEvent, { type: "containerCreated" }>["role"];

/**
 * Owns what a job makes on the daemon: everything is created here, written to the journal, and removed here. Removal
 * has a signal of its own and goes on when one object can't be removed.
 */
export class Resources {
  readonly #engine: Engine;
  readonly #record: (event: JournalEvent) => Promise<void>;
  readonly #keepAnonymousVolumes: boolean;
  readonly #containers = new Set<string>();
  readonly #volumes = new Set<string>();
  readonly #networks = new Set<string>();
  readonly #leases = new Map<string, LeasedVolume>();
  /** The daemon finishes what it was asked to make, whether or not somebody still waits for it. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Labels of what the daemon may have made although it was never heard of: all that has them goes. */
  #uncertain: readonly string[] | null = null;
  /** Set by `dispose`: a branch of the set-up that is late makes nothing more. */
  #disposed = false;

  constructor(engine: Engine, record: (event: JournalEvent) => Promise<void>, keepAnonymousVolumes: boolean) {
    this.#engine = engine;
    this.#record = record;
    this.#keepAnonymousVolumes = keepAnonymousVolumes;
  }

  async container(
    spec: ContainerSpec,
    image: string,
    network: ContainerNetwork,
    role: Role,
    signal: AbortSignal,
  ): Promise<string> {
    return this.#make(signal, spec.labels, async (own) => {
      const id = await createContainer(this.#engine, spec, image, network, own);
      const leased = [...this.#leases.keys()].some((volume) =>
        spec.binds.some((bind) => bind.startsWith(`${volume}:`)),
      );
      if (!leased) this.#containers.add(id);
      await this.#record({ type: "containerCreated", id, name: spec.name, role });
      return id;
    });
  }

  async network(spec: NetworkSpec, signal: AbortSignal): Promise<void> {
    await this.#make(signal, spec.labels, async (own) => {
      const id = await createNetwork(this.#engine, spec, own);
      this.#networks.add(id);
      await this.#record({ type: "networkCreated", id, name: spec.name });
    });
  }

  async volume(spec: VolumeSpec, signal: AbortSignal): Promise<void> {
    await this.#make(signal, spec.temporary ? spec.labels : {}, async (own) => {
      await createVolume(this.#engine, spec, own);
      if (!spec.temporary) return;
      this.#volumes.add(spec.name);
      await this.#record({ type: "volumeCreated", name: spec.name });
    });
  }

  /** A container that is made with the leased volume is the lease's to remove. */
  async lease<L extends LeasedVolume>(take: (own: AbortSignal) => Promise<L>, signal: AbortSignal): Promise<L> {
    return this.#make(signal, {}, async (own) => {
      const lease = await take(own);
      this.#leases.set(lease.volume, lease);
      await this.#record({ type: "volumeLeased", name: lease.volume });
      return lease;
    });
  }

  /** Work on what is there already, for which `dispose` waits. */
  async change(body: (own: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    await this.#make(signal, {}, body);
  }

  /** Rejects as soon as `signal` aborts, but lets the daemon answer: what it makes all the same must be known to `dispose`. */
  async #make<T>(
    signal: AbortSignal,
    labels: Readonly<Record<string, string>>,
    body: (own: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#disposed) throw new Error("the job has ended");
    const made = body(new AbortController().signal);
    made.catch(() => {
      this.#uncertain ??= ownLabelsOf(labels);
    });
    const settled = Promise.allSettled([made]);
    this.#underWay.add(settled);
    void settled.then(() => this.#underWay.delete(settled));
    return orAborted(made, signal);
  }

  /** Writes the plan's seeds through a container that is made for it, never started, and removed at once. */
  async seed(
    spec: ContainerSpec,
    image: string,
    volumes: readonly VolumeSpec[],
    seeds: readonly VolumeSeed[],
    signal: AbortSignal,
  ): Promise<void> {
    const targets = volumes.filter((volume) => seeds.some((seed) => seed.destination === volume.destination));
    const binds = targets.map((volume) => `${volume.name}:/seed/${volume.name}`);
    const seeder = { ...spec, name: `${spec.name}-seed`, binds, aliases: [] };
    const id = await this.container(seeder, image, { kind: "mode", mode: "none" }, "helper", signal);
    for (const seed of seeds) {
      const volume = targets.find((candidate) => candidate.destination === seed.destination);
      if (volume) await putFiles(this.#engine, id, `/seed/${volume.name}`, seed.files, signal);
    }
    await removeContainer(this.#engine, id, true, signal);
    this.#containers.delete(id);
  }

  /**
   * Removes everything, containers first. Returns what could not be removed, one line each. `quickly` leaves for a later
   * call what takes its time: leased volumes, and what is in use with them.
   */
  async dispose(signal: AbortSignal, quickly = false): Promise<string[]> {
    this.#disposed = true;
    const problems: string[] = [];
    // Each has a limit of its own.
    await orAborted(Promise.all(this.#underWay), signal).catch(() => {});
    const attempt = async (what: string, ids: Set<string>, remove: (id: string) => Promise<void>) => {
      await Promise.all(
        [...ids].map(async (id) => {
          try {
            await remove(id);
            ids.delete(id);
          } catch (error) {
            problems.push(`${what} ${id}: ${(error as Error).message}`);
          }
        }),
      );
    };
    await attempt("container", this.#containers, (id) =>
      removeContainer(this.#engine, id, this.#keepAnonymousVolumes, signal),
    );
    if (quickly && this.#leases.size > 0) {
      await Promise.allSettled([...this.#leases.values()].map((lease) => lease.quiet(signal)));
      return problems;
    }
    await attempt("layer store", new Set(this.#leases.keys()), async (volume) => {
      await this.#leases.get(volume)?.dispose(signal);
      this.#leases.delete(volume);
    });
    await attempt("network", this.#networks, (id) => removeNetwork(this.#engine, id, signal));
    await attempt("volume", this.#volumes, (name) => this.#removeVolume(name, signal));
    if (this.#uncertain !== null) problems.push(...(await sweep(this.#engine, this.#uncertain, signal)));
    return problems;
  }

  async #removeVolume(name: string, signal: AbortSignal): Promise<void> {
    try {
      await removeVolume(this.#engine, name, signal);
    } catch (error) {
      // The daemon lets go of a volume a moment after its container is gone.
      if (!isDockerError(error, "conflict")) throw error;
      await removeVolume(this.#engine, name, signal);
    }
  }
}

/** Those of a job's objects by which they are told from all others; null where something lacks them. */
function ownLabelsOf(labels: Readonly<Record<string, string>>): readonly string[] | null {
  const own = [agentLabel, bootLabel, jobLabel, runnerLabel].map((key) => [key, labels[key]] as const);
  return own.every(([, value]) => value !== undefined) ? own.map(([key, value]) => `${key}=${value}`) : null;
}
