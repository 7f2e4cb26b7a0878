import { randomBytes } from "node:crypto";
import { removeContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { createVolume, removeVolume, volumeUsers } from "../docker/volume.ts";
import { agentLabel } from "../job/labels.ts";
import { storeVolume } from "../job/plan-storage.ts";
import type { StoragePlan } from "../job/storage-plan.ts";
import type { StorageLedger, StoreRecord } from "../journal/storage-ledger.ts";
import type { Clock } from "../support/clock.ts";
import { endStore, quietStore, type StoreEnd } from "./store-container.ts";
import { isTooBig, roughSize, roughTime, tooBig } from "./store-verdict.ts";

const removalTries = 10;
const removalPauseMs = 200;

/** What a lease works with. */
export interface StorePlace {
  readonly engine: Engine;
  readonly storage: StoragePlan;
  readonly ledger: StorageLedger;
  readonly clock: Clock;
  readonly agentId: string;
}

/** What a job found: layers of earlier jobs, none because there were none, or none because they were wiped. */
export type StoreKind = "warm" | "cold" | "wiped";

/** The job's right to a volume, for it alone, until its daemon is gone. */
export class StoreLease {
  readonly volume: string;
  /** Gives the volume back to the pool. */
  readonly release: () => void;
  /** As it was when the job got it. */
  readonly before: StoreRecord;
  readonly #place: StorePlace;
  #record: StoreRecord;
  #kind: StoreKind;
  #reason: string;
  #end: StoreEnd | null = null;

  constructor(place: StorePlace, record: StoreRecord, kind: StoreKind, reason: string, release: () => void) {
    this.#place = place;
    this.volume = record.volume;
    this.before = record;
    this.#record = record;
    this.#kind = kind;
    this.#reason = reason;
    this.release = release;
  }

  get kind(): StoreKind {
    return this.#kind;
  }

  /** For the job's log. */
  get line(): string {
    if (this.#kind !== "warm") return `Docker layer store: fresh (${this.#reason})`;
    const { bytes, createdAt, usedAt } = this.before;
    const now = this.#place.clock.now();
    const ages = [`made ${roughTime(now - createdAt)} ago`, `last used ${roughTime(now - usedAt)} ago`];
    return `Docker layer store: warm (${[...(bytes === null ? [] : [roughSize(bytes)]), ...ages].join(", ")})`;
  }

  /** Makes the volume when it is a new one, and writes down that a job has it. To be called before anything mounts it. */
  async open(signal: AbortSignal): Promise<void> {
    const { ledger, clock } = this.#place;
    this.#record = { ...this.#record, usedAt: clock.now(), clean: false, removed: "" };
    await ledger.write(this.#record);
    if (this.#kind !== "warm") await this.#make(signal);
  }

  /** Puts a fresh volume in the place of this one, which the daemon could not use. Its containers are killed. */
  async wipe(reason: string, signal: AbortSignal): Promise<void> {
    this.#kind = "wiped";
    this.#reason = reason;
    await this.#removeUsers(signal);
    await this.#removeVolume(signal);
    this.#record = { ...this.#record, ...newStore(await this.#place.ledger.owner(), this.#place.clock.now()) };
    await this.#place.ledger.write(this.#record);
    await this.#make(signal);
  }

  /** From here on the script may use it. `kernelBoot` tells later whether the host went down while it did. */
  async usable(kernelBoot: string): Promise<void> {
    this.#record = { ...this.#record, kernelBoot };
    await this.#place.ledger.write(this.#record);
  }

  /** Nothing that the job started there goes on; the store can wait for its end. */
  async quiet(signal: AbortSignal): Promise<void> {
    await Promise.all((await this.#users(signal)).map((id) => quietStore(this.#place.engine, id, signal)));
  }

  /**
   * Ends the daemon so that the store stays whole, removes its container, writes down how the store is, and gives the
   * volume back. May be called again after it failed.
   */
  async dispose(signal: AbortSignal): Promise<void> {
    const { engine, storage } = this.#place;
    const users = await this.#users(signal);
    const [only, ...others] = users;
    if (only !== undefined && others.length === 0) {
      this.#end ??= await endStore(engine, only, storage.destination, signal);
    }
    await this.#removeUsers(signal);
    await this.#close(this.#end ?? { clean: false, bytes: null, images: null }, signal);
    this.release();
  }

  async #close(end: StoreEnd, signal: AbortSignal): Promise<void> {
    const { ledger, clock, storage } = this.#place;
    const { clean, images } = end;
    this.#record = { ...this.#record, usedAt: clock.now(), clean, images, bytes: end.bytes ?? this.#record.bytes };
    await ledger.write(this.#record);
    if (!isTooBig(this.#record.bytes, storage)) return;
    await this.#removeVolume(signal);
    await ledger.write({ ...this.#record, removed: tooBig(this.#record.bytes ?? 0) });
  }

  async #make(signal: AbortSignal): Promise<void> {
    await createVolume(this.#place.engine, storeVolume(this.#place.storage, this.volume, this.#record.id), signal);
  }

  async #users(signal: AbortSignal): Promise<string[]> {
    const users = await volumeUsers(this.#place.engine, this.volume, signal);
    return users.filter(({ labels }) => labels[agentLabel] === this.#place.agentId).map(({ id }) => id);
  }

  async #removeUsers(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const users = await this.#users(signal);
      if (users.length === 0) return;
      if (attempt > removalTries) throw new Error(`the layer store ${this.volume} is still in use`);
      await Promise.all(users.map((id) => removeContainer(this.#place.engine, id, false, signal)));
      if (attempt > 1) await this.#place.clock.sleep(removalPauseMs, signal);
    }
  }

  async #removeVolume(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await removeVolume(this.#place.engine, this.volume, signal);
      } catch (error) {
        // The daemon lets go of a volume a moment after its container is gone.
        const mayPass = isDockerError(error, "conflict") || isDockerError(error, "server");
        if (!mayPass || attempt >= removalTries) throw error;
        await this.#place.clock.sleep(removalPauseMs, signal);
      }
    }
  }
}

/** What is written down of a volume that is made now. Its id begins with the ledger's owner. */
export function newStore(
  owner: string,
  now: number,
): Pick<StoreRecord, "id" | "createdAt" | "bytes" | "images" | "kernelBoot" | "removed"> {
  const id = `${owner}.${randomBytes(8).toString("hex")}`;
  return { id, createdAt: now, bytes: null, images: null, kernelBoot: "", removed: "" };
}
