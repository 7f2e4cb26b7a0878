import { hostname } from "node:os";
import type { Engine } from "../docker/engine.ts";
import { readHostNetwork } from "../docker/host-network.ts";
import { inspectImage } from "../docker/image.ts";
import { localUplinkMtu, uplinkMtuOf } from "./network-mtu.ts";

/** What it takes to look at a daemon's host through a container. */
export interface HostProbe {
  /** Has sh; nothing is pulled for it. */
  readonly image: string;
  /** By which the container is found, should it stay behind. */
  readonly labels: Readonly<Record<string, string>>;
}

const probeLimitMs = 15_000;

/**
 * The interface through which a daemon's host reaches the world. This host's own is read at once. That of another, or of
 * one that the agent sees from a container of its own, only a container there can tell, as soon as an image is there.
 */
export class Uplink {
  /** True when it is this host's: a container has a name of its own, and what lies behind it is another network. */
  readonly isHere: boolean;
  readonly #engine: Engine;
  readonly #probe: HostProbe | null;
  #mtu: number | null = null;
  /** Nothing more is to be found out. */
  #isKnown = false;
  #underWay: Promise<void> = Promise.resolve();

  /**
   * @param daemonHost what the daemon calls its host
   * @param probe null: only what can be read here
   */
  constructor(engine: Engine, daemonHost: string, probe: HostProbe | null) {
    this.#engine = engine;
    this.#probe = probe;
    this.isHere = daemonHost === hostname();
  }

  /** null when it isn't known. */
  get mtu(): number | null {
    return this.#mtu;
  }

  /** Finds it out where it is still not known. Resolves when that is over, whatever came of it. */
  learn(): Promise<void> {
    if (!this.#isKnown) this.#underWay = this.#underWay.then(() => this.#learn()).catch(() => {});
    return this.#underWay;
  }

  async #learn(): Promise<void> {
    if (this.#isKnown) return;
    if (this.isHere) {
      this.#isKnown = true;
      this.#mtu = await localUplinkMtu();
      return;
    }
    if (this.#probe === null) return;
    const signal = AbortSignal.timeout(probeLimitMs);
    const image = await inspectImage(this.#engine, this.#probe.image, signal);
    if (image === null) return;
    // What fails now fails the next time, too.
    this.#isKnown = true;
    this.#mtu = uplinkMtuOf(await readHostNetwork(this.#engine, image.id, this.#probe.labels, signal));
  }
}
