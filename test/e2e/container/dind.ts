import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { smallMtu } from "../../../src/daemon/network-mtu.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { type Ended, execIn } from "./exec-in.ts";
import type { Place } from "./place.ts";

const limitMs = 60_000;
const pauseMs = 50;

export interface DindOptions {
  readonly dataVolume: string;
  /** Gets the clients' certificates; without it the daemon speaks plain HTTP on 2375. */
  readonly certificateVolume?: string;
  /** Default: the default bridge. */
  readonly network?: string;
}

/** A long-lived daemon in a container, as an admin starts it beside the runner. Others reach it by `name`. */
export class Dind {
  readonly id: string;
  readonly #place: Place;

  private constructor(place: Place, id: string) {
    this.#place = place;
    this.id = id;
  }

  static async start(place: Place, name: string, options: DindOptions): Promise<Dind> {
    const { dataVolume, certificateVolume, network } = options;
    const isTls = certificateVolume !== undefined;
    const mtu = await smallMtu();
    const id = await place.start(name, {
      Image: images.dind,
      Env: [`DOCKER_TLS_CERTDIR=${isTls ? "/certs" : ""}`, `DOCKER_TLS_SAN=DNS:${name}`],
      Cmd: ["--storage-driver=overlay2", ...(isTls ? [] : ["--tls=false"]), ...(mtu === null ? [] : [`--mtu=${mtu}`])],
      HostConfig: {
        Privileged: true,
        Binds: [`${dataVolume}:/var/lib/docker`, ...(isTls ? [`${certificateVolume}:/certs/client`] : [])],
        ...(network === undefined ? {} : { NetworkMode: network }),
      },
      ...(network === undefined ? {} : { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [name] } } } }),
    });
    const dind = new Dind(place, id);
    await dind.#answers();
    return dind;
  }

  /** What its own `docker` prints. */
  async docker(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.#exec(["docker", ...args]);
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** Gives a daemon without TLS images of the engine that it runs on, as `docker save | docker load`. */
  async load(names: readonly string[]): Promise<void> {
    const { engine } = this.#place;
    const { NetworkSettings } = await engine.getContainer(this.id).inspect();
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
    // Missing in the client's types.
    const { getImages } = engine as unknown as { getImages: (options: { names: readonly string[] }) => Promise<Readable> };
    const saved = await getImages.call(engine, { names });
    const answer = await connectEngine(`tcp://${address}:2375`).loadImage(saved, { quiet: true });
    for await (const _ of Readable.from(answer));
  }

  /** Containers, volumes and networks that are not Docker's own. */
  async contents(): Promise<readonly string[]> {
    const found = await Promise.all([
      this.docker("ps", "--all", "--quiet"),
      this.docker("volume", "ls", "--quiet"),
      this.docker("network", "ls", "--quiet", "--filter", "type=custom"),
    ]);
    return found.join("").split("\n").filter(Boolean);
  }

  async #answers(): Promise<void> {
    const limit = AbortSignal.timeout(limitMs);
    for (;;) {
      const { code, output } = await this.#exec(["docker", "version"]);
      if (code === 0) return;
      if (limit.aborted) throw new Error(`the daemon does not answer: ${output}`);
      await pause(pauseMs);
    }
  }

  #exec(command: readonly string[]): Promise<Ended> {
    return execIn(this.#place.engine, this.id, command, { env: ["DOCKER_HOST=unix:///var/run/docker.sock"] });
  }
}
