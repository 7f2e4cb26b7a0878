import { hostname } from "node:os";
import type { Engine } from "../docker/engine.ts";
import { readHostNetwork, sweepHostNetworkProbes } from "../docker/host-network.ts";
import { inspectImage } from "../docker/image.ts";
import { agentLabel } from "../job/labels.ts";
import { type Clock, systemClock } from "../support/clock.ts";
import { type DaemonAddress, isOnThisHost } from "./address.ts";
import { localUplinkMtu, uplinkMtuOf } from "./network-mtu.ts";

/** What it takes to look at a daemon's host through a container. */
export interface HostProbe {
  /** Has sh; nothing is pulled for it. */
  readonly image: string;
  /** By which the container is found, should it stay behind. */
  readonly labels: Readonly<Record<string, string>>;
}

const probeLimitMs = 15_000;
/** Whoever made a container that is older has given it up. One with the same agent's label may be another process's. */
const probeLifeMs = 60_000;
/** A look that fails may fail for a moment, or for good. */
const pauseMs = 60_000;
const mostLooks = 5;

/**
 * True where a daemon is this machine's, and not one that the agent sees from a container of its own: that has another
 * name. An address here may lead elsewhere, and another machine may have this one's name.
 *
 * @param name what the daemon calls its host
 */
export function isThisHost(address: DaemonAddress, name: string): boolean {
  return name === hostname() && isOnThisHost(address);
}

/**
 * The interface through which a daemon's host reaches the world. This host's own is read at once. That of another, or of
 * one that the agent sees from a container of its own, only a container there can tell, as soon as an image is there.
 */
export class Uplink {
  /** True when it is this host's: a container has a name of its own, and what lies behind it is another network. */
  readonly isHere: boolean;
  readonly #engine: Engine;
  readonly #probe: HostProbe | null;
  readonly #stopping: AbortSignal;
  readonly #clock: Pick<Clock, "monotonic">;
  #mtu: number | null = null;
  /** Nothing more is to be found out. */
  #isKnown = false;
  #looks = 0;
  #nextAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | null = null;

  /**
   * @param daemon its address, and what it calls its host
   * @param probe null: only what can be read here
   * @param stopping ends a look that is under way, and all that would follow
   */
  constructor(
    engine: Engine,
    daemon: { readonly address: DaemonAddress; readonly hostname: string },
    probe: HostProbe | null,
    stopping: AbortSignal,
    clock: Pick<Clock, "monotonic"> = systemClock,
  ) {
    this.#engine = engine;
    this.#probe = probe;
    this.#stopping = stopping;
    this.#clock = clock;
    this.isHere = isThisHost(daemon.address, daemon.hostname);
  }

  /** null when it isn't known. */
  get mtu(): number | null {
    return this.#mtu;
  }

  /**
   * Finds it out where it is still not known, unless the last look failed just now. Resolves when that is over, whatever
   * came of it, or with the signal, which ends the wait alone.
   */
  async learn(signal?: AbortSignal): Promise<void> {
    if (this.#isKnown || this.#stopping.aborted) return;
    this.#underWay ??= this.#learn()
      .catch(() => {})
      .finally(() => {
        this.#underWay = null;
      });
    await endOf(this.#underWay, signal);
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    await this.#underWay;
  }

  async #learn(): Promise<void> {
    if (this.isHere) {
      this.#mtu = await localUplinkMtu();
      this.#isKnown = true;
      return;
    }
    if (this.#probe === null || this.#clock.monotonic() < this.#nextAt) return;
    const signal = AbortSignal.any([this.#stopping, AbortSignal.timeout(probeLimitMs)]);
    const image = await inspectImage(this.#engine, this.#probe.image, signal);
    if (image === null) return;
    this.#looks += 1;
    try {
      if (this.#looks === 1) await this.#sweep(this.#probe.labels, signal);
      this.#mtu = uplinkMtuOf(await readHostNetwork(this.#engine, image.id, this.#probe.labels, signal));
      this.#isKnown = true;
    } catch (error) {
      this.#nextAt = this.#clock.monotonic() + pauseMs;
      this.#isKnown = this.#looks >= mostLooks;
      throw error;
    }
  }

  async #sweep(labels: HostProbe["labels"], signal: AbortSignal): Promise<void> {
    const { [agentLabel]: agent } = labels;
    if (agent !== undefined) await sweepHostNetworkProbes(this.#engine, { [agentLabel]: agent }, probeLifeMs, signal);
  }
}

function endOf(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  return new Promise((resolve) => {
    const end = () => {
      signal.removeEventListener("abort", end);
      resolve();
    };
    if (signal.aborted) return end();
    signal.addEventListener("abort", end, { once: true });
    void work.then(end);
  });
}
