import { formatDaemonAddress } from "../daemon/address.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { removeContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { inspectVolume, removeVolume, volumeUsers } from "../docker/volume.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import { storeLabel } from "../job/plan-storage.ts";
import type { StoragePlan } from "../job/storage-plan.ts";
import { StorageLedger } from "../journal/storage-ledger.ts";
import type { Clock } from "../support/clock.ts";
import type { Stores } from "./leased-daemon.ts";
import { newStore, StoreLease } from "./storage-lease.ts";
import { judgeStore } from "./store-verdict.ts";

/** Far more than jobs of one project run at once. */
const mostStores = 1000;

export interface PoolSettings {
  /** Of the agent's state directory, which one process alone has. */
  readonly statePath: string;
  readonly agentId: string;
  /** `StateDirectory.boot`. */
  readonly boot: string;
  readonly clock: Clock;
}

/**
 * Leases volumes in which the jobs' own daemons keep images and layers. Within the agent no two leases of a volume are held at
 * once; what an earlier run of the agent left is found out from the daemon.
 */
export class StoragePool {
  readonly ledger: StorageLedger;
  readonly #settings: PoolSettings;
  readonly #held = new Set<string>();

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.ledger = new StorageLedger(settings.statePath);
  }

  /** The pool as a job sees it whose containers run on `daemon`. */
  of(daemon: Daemon, metrics: Stores["metrics"]): Stores {
    return { take: (storage, image, signal) => this.take(daemon, storage, image, signal), metrics };
  }

  /** Takes the first volume of the plan's that nobody uses, whatever slot the job has. */
  async take(daemon: Daemon, storage: StoragePlan, image: string, signal: AbortSignal): Promise<StoreLease> {
    const owner = await this.ledger.owner();
    for (let index = 0; index < mostStores; index++) {
      const volume = `${storage.volumeBase}-${owner}-${index}`;
      const release = this.reserve(volume);
      if (release === null) continue;
      try {
        if (await this.#isFree(daemon.engine, volume, signal)) {
          const lease = await this.#lease(daemon, storage, volume, image, release, signal);
          if (lease !== null) return lease;
        }
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
    throw new Error(`all of ${mostStores} layer stores ${storage.volumeBase} are in use`);
  }

  /** The lease of a job of an earlier run of the agent, to end it; null when a job of this run has got its volume. */
  async inherit(daemon: Daemon, storage: StoragePlan, volume: string): Promise<StoreLease | null> {
    const release = this.reserve(volume);
    if (release === null) return null;
    const record = await this.ledger.read(volume);
    if (record !== null) return new StoreLease(this.#place(daemon, storage), record, "warm", "", release);
    release();
    return null;
  }

  /** Keeps jobs away from a volume until the function that it returns is called; null when a job has it. */
  reserve(volume: string): (() => void) | null {
    if (this.#held.has(volume)) return null;
    this.#held.add(volume);
    return () => {
      this.#held.delete(volume);
    };
  }

  /** Kills what a dead run of this agent left on the volume. False: somebody else uses it. */
  async #isFree(engine: Engine, volume: string, signal: AbortSignal): Promise<boolean> {
    const { agentId, boot } = this.#settings;
    const users = await volumeUsers(engine, volume, signal);
    if (users.length === 0) return true;
    if (!users.every(({ labels }) => labels[agentLabel] === agentId && labels[bootLabel] !== boot)) return false;
    try {
      await Promise.all(users.map(({ id }) => removeContainer(engine, id, false, signal)));
    } catch {
      // What can't be removed now holds its volume: there are others.
      signal.throwIfAborted();
      return false;
    }
    return (await volumeUsers(engine, volume, signal)).length === 0;
  }

  /** null: it would have to be wiped, and the daemon doesn't let go of it. */
  async #lease(
    daemon: Daemon,
    storage: StoragePlan,
    volume: string,
    image: string,
    release: () => void,
    signal: AbortSignal,
  ): Promise<StoreLease | null> {
    const { clock } = this.#settings;
    const [owner, record, found] = await Promise.all([
      this.ledger.owner(),
      this.ledger.read(volume),
      inspectVolume(daemon.engine, volume, signal),
    ]);
    const now = clock.now();
    const id = found === null ? null : (found.labels[storeLabel] ?? "");
    const verdict = judgeStore({ record, id, image, now }, storage);
    if (verdict.kind === "wipe" && !(await isRemoved(daemon.engine, volume, signal))) return null;
    const host = formatDaemonAddress(daemon.address);
    const { maxAgeMs } = storage;
    const fresh = { volume, host, image, usedAt: now, clean: false, maxAgeMs, ...newStore(owner, now) };
    const place = this.#place(daemon, storage);
    const lease =
      verdict.kind === "keep"
        ? new StoreLease(place, { ...verdict.record, host, maxAgeMs }, "warm", "", release)
        : new StoreLease(place, fresh, kindOf(verdict.kind, record?.removed), verdict.reason, release);
    await lease.open(signal);
    return lease;
  }

  #place({ engine }: Daemon, storage: StoragePlan) {
    const { clock, agentId } = this.#settings;
    return { engine, storage, ledger: this.ledger, clock, agentId };
  }
}

/** One that was removed because it had grown too big counts as wiped when it is missed. */
function kindOf(verdict: "make" | "wipe", removed: string | undefined): "cold" | "wiped" {
  return verdict === "wipe" || (removed ?? "") !== "" ? "wiped" : "cold";
}

async function isRemoved(engine: Engine, volume: string, signal: AbortSignal): Promise<boolean> {
  try {
    await removeVolume(engine, volume, signal);
    return true;
  } catch {
    // In use, or so big that the daemon is at it for longer than a job should wait: there are other volumes.
    signal.throwIfAborted();
    return false;
  }
}
